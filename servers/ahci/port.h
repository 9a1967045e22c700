#pragma once

#include "os/dma.h"
#include "os/registers.h"
#include "proto/block_batch.h"
#include "servers/ahci/identity.h"

namespace pith::os::ahci {

namespace block = proto::block;

/// One port of the controller with the disk at it (AHCI 1.3.1, chapters 3.3 and 5).
class Port {
  public:
    /// `slots`: how many commands the controller takes at a time. `not_found`: no disk is there.
    [[nodiscard]] static Result<Port> open(Registers registers, const DmaDomain& domain, u32 slots);

    [[nodiscard]] const block::Disk& disk() const { return disk_; }
    [[nodiscard]] bool has_room() const { return (~used_ & all_slots()) != 0; }
    /// Puts it into a slot; the device starts with `kick`.
    void start(const block::Access& access, u32 number);
    void kick() {
        registers_.write<Issue>(waiting_);
        waiting_ = 0;
    }
    /// Calls end(number, how) for what has ended.
    [[nodiscard]] Result<> collect(const auto& end) {
        const u32 causes = registers_.read<Causes>();
        registers_.write<Causes>(causes);
        const bool failed = (causes & error_causes) != 0;
        const u32 at_work = registers_.read<Issue>() | waiting_;
        const u32 failed_slot = failed ? TRY(recover(at_work)) : no_slot;
        for (u32 slot = 0; slot < slots_; ++slot) {
            const u32 bit = u32{1} << slot;
            if ((used_ & bit) == 0 || ((at_work & bit) != 0 && slot != failed_slot)) continue;
            used_ &= ~bit;
            end(numbers_[slot], slot == failed_slot ? fail(Error::input_output) : Result<>{});
        }
        return {};
    }

  private:
    using ListLow = Register<u32, 0x00>;
    using ListHigh = Register<u32, 0x04>;
    using ReceivedLow = Register<u32, 0x08>;
    using ReceivedHigh = Register<u32, 0x0c>;
    using Causes = Register<u32, 0x10>;
    using CauseEnable = Register<u32, 0x14>;
    using Command = Register<u32, 0x18>;
    using TaskFile = Register<u32, 0x20, Access::read_only>;
    using Signature = Register<u32, 0x24, Access::read_only>;
    using Link = Register<u32, 0x28, Access::read_only>;
    using LinkErrors = Register<u32, 0x30>;
    using Issue = Register<u32, 0x38>;

    static constexpr u32 run = 1, spin_up = 2, receive = 1 << 4, receiving = 1 << 14, running = 1 << 15;
    static constexpr u32 error_causes = 0x7dc0'0000; ///< task file, host bus, interface, unknown FIS
    static constexpr u32 wanted_causes = error_causes | 0x2f;
    static constexpr u32 no_slot = 32;

    /// The port's memory: the list of commands, what the disk sends, then each command's table.
    static constexpr u64 received_at = 1024, tables_at = page_size, table_bytes = 1024;
    static constexpr u32 most_pieces = (table_bytes - 0x80) / 16;
    static constexpr u32 most_slots = 32;
    static constexpr PageCount memory_size = PageCount::holding(tables_at + most_slots * table_bytes);

    Port(Registers registers, DmaBuffer memory, u32 slots)
        : registers_{registers}, memory_{std::move(memory)}, slots_{slots} {}
    [[nodiscard]] u32 all_slots() const { return slots_ == 32 ? ~u32{0} : (u32{1} << slots_) - 1; }
    [[nodiscard]] Result<> stop();
    [[nodiscard]] Result<> begin();
    [[nodiscard]] Result<> identify();
    /// Makes the port work again after an error; which slot failed.
    [[nodiscard]] Result<u32> recover(u32 at_work);
    [[nodiscard]] Result<> wait_until(const auto& condition, u64 most_milliseconds) const;
    void fill_slot(u32 slot, u8 command, u64 sector, u32 sectors, bool writes,
                   std::span<const block::Piece> pieces);

    Registers registers_;
    DmaBuffer memory_;
    u32 slots_;
    block::Disk disk_;
    u32 used_ = 0;    ///< slots, as bits
    u32 waiting_ = 0; ///< of those, the ones that the device does not know yet
    std::array<u32, most_slots> numbers_{};
};

} // namespace pith::os::ahci
