#pragma once

#include "base/address.h"
#include "kernel/machine/dma_fault.h"

#include <optional>

namespace pith::kernel {

/// The registers of one remapping unit (VT-d 3.4, chapter 11), and the queue by which it is told to forget.
class IommuUnit {
  public:
    /// What the kernel needs of it, or why it cannot use it.
    struct Features {
        u32 levels;      ///< of translation tables: 3 or 4; 0: neither
        bool coherent;   ///< it sees what lies in the processor's caches
        bool queue;      ///< takes commands from memory
        bool interrupts; ///< translates interrupts
        bool passes;     ///< can let a device through untranslated
        bool enough_ids; ///< knows at least 256 domains
    };

    IommuUnit() = default;
    /// `queue`: two frames, the commands and what it answers.
    IommuUnit(std::byte* registers, std::byte* queue, PhysAddr queue_frame)
        : registers_{registers}, queue_{queue}, queue_frame_{queue_frame} {}

    [[nodiscard]] Features features() const;
    /// Starts translating by the tables at `root`, from a state that firmware may have left.
    void start(PhysAddr root);
    /// Starts translating interrupts by the 256 entries at `table`.
    void start_interrupts(PhysAddr table);
    /// Refused accesses are told by this message.
    void report_faults(u32 address, u32 data) const;

    // Each returns when nothing of what the unit knew is left in it or under way.
    void forget_device_tables();
    void forget_domain(u16 domain);
    void forget_everything();
    void forget_interrupts();

    /// The oldest refused access that nobody has taken yet.
    [[nodiscard]] std::optional<DmaFault> take_fault() const;

  private:
    [[nodiscard]] u32 read32(u32 offset) const;
    [[nodiscard]] u64 read64(u32 offset) const;
    void write32(u32 offset, u32 value) const;
    void write64(u32 offset, u64 value) const;
    void command(u32 bit, bool wanted = true) const;
    void submit(u64 low, u64 high = 0);

    std::byte* registers_ = nullptr;
    std::byte* queue_ = nullptr;
    PhysAddr queue_frame_{};
    u32 tail_ = 0;
    bool coherent_ = false;
};

} // namespace pith::kernel
