#pragma once

#include "proto/block_batch.h"
#include "proto/device.h"
#include "servers/nvme/identity.h"
#include "servers/nvme/queues.h"

namespace pith::os::nvme {

namespace block = proto::block;

/// An NVMe controller and its namespaces (NVM Express 1.4; block::IsDriver says what each function does). One
/// pair of queues for all of them.
class Controller {
  public:
    static constexpr u64 interrupt_bit = 1;
    [[nodiscard]] static Result<Controller> open(proto::Device device, const Notification& interrupts);

    [[nodiscard]] u32 units() const { return static_cast<u32>(units_.size()); }
    [[nodiscard]] const block::Disk& disk(u32 unit) const { return units_[unit].disk; }
    [[nodiscard]] bool has_room(u32 /*unit*/) const { return free_count_ != 0; }
    void start(u32 unit, const block::Access& access, u32 number);
    void kick(u32 /*unit*/) { work_.ring(); }
    [[nodiscard]] Result<> collect(const auto& end) {
        TRY(device_.acknowledge());
        for (;;) {
            const std::optional<Queues::End> ended = TRY(work_.take());
            if (!ended) return {};
            if (ended->number >= slots) return fail(Error::bad_format);
            free_[free_count_++] = static_cast<u8>(ended->number);
            end(numbers_[ended->number], ended->status == 0 ? Result<>{} : fail(Error::input_output));
        }
    }
    [[nodiscard]] const DmaDomain& dma() const { return device_.dma(); }
    [[nodiscard]] const proto::Device& device() const { return device_; }

  private:
    /// Figure 68.
    using Capabilities = Register<u64, 0x00, Access::read_only>;
    using Control = Register<u32, 0x14>;
    using Status = Register<u32, 0x1c, Access::read_only>;
    using AdminSizes = Register<u32, 0x24>;
    using AdminCommands = Register<u64, 0x28>;
    using AdminEnds = Register<u64, 0x30>;
    static constexpr u64 doorbells_at = 0x1000;
    static constexpr u32 enable = 1, ready = 1, fatal = 2;
    static constexpr u32 command_size = 6 << 16, end_size = 4 << 20; ///< 64 and 16 bytes

    /// One place of a queue always stays empty.
    static constexpr u32 slots = Queues::entries - 1;
    /// The pages of a command but the first.
    static constexpr u64 list_bytes = 512, list_pages = list_bytes / 8;
    static constexpr u64 admin_at = 0, work_at = Queues::bytes, answer_at = 2 * Queues::bytes;
    static constexpr u64 lists_at = answer_at + page_size;
    static constexpr PageCount memory_size = PageCount::holding(lists_at + slots * list_bytes);

    struct Unit {
        u32 number; ///< of the namespace
        block::Disk disk;
    };

    Controller(proto::Device device, Registers registers)
        : device_{std::move(device)}, registers_{registers} {}
    [[nodiscard]] Result<> stop();
    [[nodiscard]] Result<> begin();
    [[nodiscard]] Result<Queues> make_queues(u32 number, u64 at);
    [[nodiscard]] Result<> make_work_queues();
    [[nodiscard]] Result<> find_units();
    /// A command of the controller's own, waited for.
    [[nodiscard]] Result<> ask(Command command);
    /// Its answer is a page.
    [[nodiscard]] Result<Bytes> identify(u32 unit, u32 what);
    [[nodiscard]] Result<> wait_until_ready(bool wanted) const;
    void put_pages(Command& command, u32 slot, const block::Access& access);

    proto::Device device_;
    Registers registers_;
    std::optional<DmaBuffer> memory_;
    Queues admin_, work_;
    std::vector<Unit> units_;
    std::array<u8, slots> free_{};
    u32 free_count_ = 0;
    std::array<u32, slots> numbers_{};
};

} // namespace pith::os::nvme
