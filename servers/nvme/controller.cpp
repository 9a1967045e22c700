#include "servers/nvme/controller.h"

#include "base/text.h"
#include "os/time.h"

#include <algorithm>

namespace pith::os::nvme {
namespace {

/// Figure 139 and 346.
constexpr u8 create_commands = 1, create_ends = 5, identify_operation = 6;
constexpr u8 flush = 0, write = 1, read = 2;
constexpr u32 of_unit = 0, of_controller = 1, of_units = 2;
constexpr u32 forced = u32{1} << 30;

u8 operation_of(block::Operation operation) {
    switch (operation) {
    case block::Operation::read: return read;
    case block::Operation::write: return write;
    case block::Operation::flush: return flush;
    }
    return flush;
}

} // namespace

Result<Controller> Controller::open(proto::Device device, const Notification& interrupts) {
    constexpr u32 window = 0;
    constexpr u64 wanted = doorbells_at + 4 * sizeof(u32); // with doorbells that lie close together
    const Registers registers = TRY(device.registers(window, 0, wanted));
    Controller controller{std::move(device), registers};
    TRY(controller.stop());
    TRY(controller.device_.enable_dma());
    controller.memory_ = TRY(DmaBuffer::create(controller.device_.dma(), memory_size));
    TRY(controller.begin());
    TRY(controller.device_.listen(interrupts, interrupt_bit));
    TRY(controller.make_work_queues());
    TRY(controller.find_units());
    for (u32 slot = 0; slot < slots; ++slot)
        controller.free_[controller.free_count_++] = static_cast<u8>(slots - 1 - slot);
    return controller;
}

Result<> Controller::wait_until_ready(bool wanted) const {
    // In units of half a second (figure 69).
    const u64 most = ((registers_.read<Capabilities>() >> 24 & 0xff) + 1) * 500;
    for (u64 waited = 0;; ++waited) {
        const u32 status = registers_.read<Status>();
        if ((status & fatal) != 0) return fail(Error::input_output);
        if (((status & ready) != 0) == wanted) return {};
        if (waited == most) return fail(Error::timed_out);
        TRY(sleep(milliseconds(1)));
    }
}

Result<> Controller::stop() {
    // 7.3.2: while it is not enabled it has forgotten its queues, and reaches no memory.
    registers_.write<Control>(registers_.read<Control>() & ~enable);
    return wait_until_ready(false);
}

Result<> Controller::begin() {
    const u64 capabilities = registers_.read<Capabilities>();
    constexpr u64 smallest_page = 48, step = 32;
    if ((capabilities >> smallest_page & 15) != 0 || (capabilities & 0xffff) < Queues::entries - 1)
        return fail(Error::unsupported);
    if ((capabilities >> step & 15) != 0) return fail(Error::unsupported);
    admin_ = TRY(make_queues(0, admin_at));
    constexpr u32 size = Queues::entries - 1;
    registers_.write<AdminSizes>(size | size << 16);
    registers_.write<AdminCommands>(memory_->address(admin_at));
    registers_.write<AdminEnds>(memory_->address(admin_at + Queues::ends_at));
    registers_.write<Control>(enable | command_size | end_size);
    return wait_until_ready(true);
}

Result<Queues> Controller::make_queues(u32 number, u64 at) {
    const u64 doorbell = doorbells_at + number * u64{8};
    return Queues{memory_->bytes().subspan(at, Queues::bytes), TRY(registers_.part(doorbell, 4)),
                  TRY(registers_.part(doorbell + 4, 4))};
}

Result<> Controller::ask(Command command) {
    admin_.put(command);
    admin_.ring();
    for (u32 waited = 0; waited < 10'000; ++waited) {
        if (const std::optional<Queues::End> ended = TRY(admin_.take()))
            return ended->status == 0 ? Result<>{} : fail(Error::unsupported);
        TRY(sleep(milliseconds(1)));
    }
    return fail(Error::timed_out);
}

Result<Bytes> Controller::identify(u32 unit, u32 what) {
    Command command{.operation = identify_operation, .unit = unit};
    command.pages[0] = memory_->address(answer_at);
    command.words[0] = what;
    TRY(ask(command));
    return Bytes{memory_->bytes()}.subspan(answer_at, page_size);
}

Result<> Controller::make_work_queues() {
    constexpr u32 number = 1, size = Queues::entries - 1, contiguous = 1, interrupts = 2;
    work_ = TRY(make_queues(number, work_at));
    Command ends{.operation = create_ends};
    ends.pages[0] = memory_->address(work_at + Queues::ends_at);
    ends.words = {number | size << 16, contiguous | interrupts}; // interrupt 0 of the table
    TRY(ask(ends));
    Command commands{.operation = create_commands};
    commands.pages[0] = memory_->address(work_at);
    commands.words = {number | size << 16, contiguous | number << 16};
    return ask(commands);
}

Result<> Controller::find_units() {
    const Bytes answer = TRY(identify(0, of_controller));
    const ControllerIdentity about = TRY(ControllerIdentity::parse(answer));
    for (const u32 number : parse_namespaces(TRY(identify(0, of_units)))) {
        const auto found = NamespaceIdentity::parse(TRY(identify(number, of_unit)));
        if (!found) {
            log_line(Text<80>{}.format("namespace {}: {}", number, found.error()));
            continue;
        }
        // One page less than fit: the first may begin in the middle.
        u64 most_bytes = (list_pages - 1) * page_size;
        if (about.most_bytes != 0) most_bytes = std::min(most_bytes, about.most_bytes);
        units_.push_back({number,
                          {.sector_size = found->sector_size,
                           .sector_count = found->sector_count,
                           .is_read_only = false,
                           .has_write_cache = about.has_write_cache,
                           .forces = true,
                           .most_pieces = static_cast<u32>(list_pages),
                           .most_sectors = static_cast<u32>(most_bytes / found->sector_size),
                           .pieces_are_pages = true}});
    }
    return {};
}

void Controller::put_pages(Command& command, u32 slot, const block::Access& access) {
    // 4.3: the first page, then the second, or a list of all that follow.
    const u64 list = lists_at + slot * list_bytes;
    const SharedArray<u64> rest{memory_->bytes().subspan(list, list_bytes)};
    u64 count = 0;
    for (const block::Piece& piece : std::span{access.pieces}.first(access.count))
        for (u64 at = piece.address; at < piece.address + piece.length;
             at = align_down(at, page_size) + page_size) {
            if (count == 0)
                command.pages[0] = at;
            else
                rest.set(count - 1, at);
            ++count;
        }
    if (count == 2) command.pages[1] = rest.get(0);
    if (count > 2) command.pages[1] = memory_->address(list);
}

void Controller::start(u32 unit, const block::Access& access, u32 number) {
    const u8 slot = free_[--free_count_];
    numbers_[slot] = number;
    Command command{.operation = operation_of(access.operation), .number = slot, .unit = units_[unit].number};
    if (access.operation != block::Operation::flush) {
        put_pages(command, slot, access);
        command.words = {static_cast<u32>(access.sector), static_cast<u32>(access.sector >> 32),
                         (access.sectors - 1) | (access.force ? forced : 0)};
    }
    work_.put(command);
}

} // namespace pith::os::nvme
