#pragma once

#include "base/acpi.h"

namespace pith::kernel {

class Iommu;

/// The machine's I/O interrupt controllers (82093AA; ICH9 13.5). Lines 0 to 15 are ISA numbers, wired as the
/// firmware says; above, global numbers, level-triggered and active low as PCI's are.
class IoApics {
  public:
    static constexpr u32 first_vector = 0x30;
    static constexpr u32 max_lines = 64;
    static constexpr u32 sources = 128; ///< vectors that are lines' and, behind them, messages'

    IoApics() = default;
    /// `windows[n]` is where the n-th controller's page is seen. All lines are masked.
    IoApics(const acpi::Madt& madt, std::span<std::byte* const> windows, u32 target_apic_id);

    [[nodiscard]] bool exists(u32 line) const { return find(line).window != nullptr; }
    /// From now on interrupts go by this one's tables, entry by line; it outlives this.
    void send_through(Iommu& iommu) { iommu_ = &iommu; }
    [[nodiscard]] bool is_level(u32 line) const { return find(line).level; }
    [[nodiscard]] u32 target() const { return target_; }
    void mask(u32 line) const;
    void unmask(u32 line) const;
    [[nodiscard]] static u8 vector_of(u32 line) { return static_cast<u8>(first_vector + line); }

  private:
    struct Controller {
        std::byte* window;
        u32 first, count;
        u8 id;
    };
    struct Input {
        std::byte* window; ///< null: there is no such line
        u32 number;
        bool level, active_low;
        u8 controller;
    };
    [[nodiscard]] Input find(u32 line) const;
    void write_entry(u32 line, bool masked) const;
    [[nodiscard]] static u32 read(std::byte* window, u32 index);
    static void write(std::byte* window, u32 index, u32 value);

    std::array<Controller, acpi::Madt::max_io_apics> controllers_{};
    u32 controller_count_ = 0;
    std::array<acpi::Madt::IsaLine, 16> isa_{};
    u32 target_ = 0;
    Iommu* iommu_ = nullptr;
};

} // namespace pith::kernel
