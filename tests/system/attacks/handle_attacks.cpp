// Handles: guessed, stale, copied beyond their rights, more than there is room for.
#include "child.h"

namespace pith::attacks {
namespace {

using abi::HandleInfo;

bool exists(abi::Handle handle) { return os::invoke(HandleInfo{handle}).has_value(); }

/// More than a million names; only those that were granted may be found.
void guessed(Room& room) {
    Random random{1};
    const u32 granted = room.partner.id().index();
    for (int i = 0; i < 1'000'000; ++i) {
        const u64 raw = random.next();
        if (static_cast<u32>(raw) > 127) room.check(!exists(abi::Handle{{raw}}));
    }
    for (u64 index = 16; index < 512 * 64; ++index) // all that a name can say
        room.check(!exists(abi::Handle::make(static_cast<u32>(index), 1)));
    for (u64 generation = 0; generation < 600'000; ++generation)
        if (const auto handle = abi::Handle::make(granted, static_cast<u32>(generation));
            handle.raw != room.partner.id().raw)
            room.check(!exists(handle));
}

/// Every use of a handle that was closed, its slot used again meanwhile.
void stale(Room& room) {
    std::array<abi::Handle, 64> old{};
    for (int round = 0; round < 2000; ++round) {
        const auto endpoint = os::invoke(abi::EndpointCreate{});
        if (!endpoint) return room.check(false);
        for (const abi::Handle handle : old)
            room.check(!exists(handle));
        room.check(os::invoke(abi::HandleClose{endpoint->handle}).has_value());
        room.check.error(os::invoke(abi::HandleClose{endpoint->handle}), Error::bad_handle);
        old[static_cast<u64>(round) % old.size()] = endpoint->handle;
    }
}

void every_call_with_a_stale_handle(Room& room) {
    const auto created = os::invoke(abi::NotificationCreate{});
    if (!created) return room.check(false);
    room.check(os::invoke(abi::HandleClose{created->handle}).has_value());
    // From HandleClose on calls have a handle first; 0 stands for its own budget or process in some.
    for (u64 number = abi::number_of<abi::HandleClose>; number < abi::first_call + call_count; ++number) {
        // These two take none.
        if (number == abi::number_of<abi::ClockPage> || number == abi::number_of<abi::ThreadSetRecovery>)
            continue;
        const os::detail::Registers out = os::detail::system_call(
            number, {created->handle.raw, created->handle.raw, 1, created->handle.raw, 1, 1});
        room.check(out.status != 0);
    }
}

void wrong_kind(Room& room) {
    const auto bell = os::Notification::create();
    if (!bell) return room.check(false);
    const abi::Handle h = bell->id();
    room.check.error(os::invoke(abi::HandleMint{h, 0xffff, 1}), Error::wrong_kind);
    room.check.error(os::invoke(abi::BudgetInfo{h}), Error::wrong_kind);
    room.check.error(os::invoke(abi::BudgetCreate{h, pages(1)}), Error::wrong_kind);
    room.check.error(os::invoke(abi::MemoryInfo{h}), Error::wrong_kind);
    room.check.error(os::invoke(abi::MemoryMap{h, h, VirtAddr{0x6000'0000}, {}, pages(1), 1}),
                     Error::wrong_kind);
    room.check.error(os::invoke(abi::ProcessKill{h}), Error::wrong_kind);
    room.check.error(os::invoke(abi::ThreadKill{h}), Error::wrong_kind);
    room.check.error(os::invoke(abi::ThreadStart{h, VirtAddr{0x1000}, VirtAddr{0x1000}, 0}),
                     Error::wrong_kind);
    room.check.error(os::invoke(abi::IoPortsEnable{h}), Error::wrong_kind);
    room.check.error(os::invoke(abi::InterruptAcknowledge{h}), Error::wrong_kind);
    room.check.error(os::invoke(abi::InterruptCreate{h, {}, 1}), Error::wrong_kind);
    room.check.error(os::invoke(abi::IoPortsCreate{h, {}, 0x60, 1}), Error::wrong_kind);
    room.check.error(os::invoke(abi::MemoryPhysical{h, {}, PhysAddr{0xfee0'0000}, pages(1)}),
                     Error::wrong_kind);
    room.check.error(os::invoke(abi::LogWrite{h, 1}), Error::wrong_kind);
    room.check.error(os::invoke(abi::LogRead{h, 0}), Error::wrong_kind);
    room.check.error(os::invoke(abi::ProcessList{h, 0}), Error::wrong_kind);
    room.check.error(os::invoke(abi::SystemPower{h, 0}), Error::wrong_kind);
}

/// Copies lose rights and never win any.
void rights_only_shrink(Room& room) {
    const auto endpoint = os::Endpoint::create();
    if (!endpoint) return room.check(false);
    for (u32 rights = 0; rights < 0x10000; rights += 0x41) {
        const auto copy = os::invoke(abi::HandleCopy{endpoint->id(), rights, {}});
        if (!copy) return room.check(false);
        const auto again = os::invoke(abi::HandleCopy{copy->handle, 0xffff, {}});
        room.check(again.has_value() == ((rights & 0x8000) != 0));
        if (again) {
            const auto info = os::invoke(HandleInfo{again->handle});
            room.check(info && static_cast<u16>(info->rights) == rights);
            static_cast<void>(os::invoke(abi::HandleClose{again->handle}));
        }
        static_cast<void>(os::invoke(abi::HandleClose{copy->handle}));
    }
    for (u64 bit = 16; bit < 64; ++bit)
        room.check.refused(os::invoke(abi::HandleCopy{endpoint->id(), u64{1} << bit, {}}));
}

void without_the_right(Room& room) {
    const auto bell = os::Notification::create();
    const auto endpoint = os::Endpoint::create();
    if (!bell || !endpoint) return room.check(false);
    const auto deaf = bell->copy(abi::rights::notification::signal);
    const auto dumb = bell->copy(abi::rights::notification::wait);
    const auto caller = endpoint->copy(abi::rights::endpoint::call);
    const auto receiver = endpoint->copy(abi::rights::endpoint::receive);
    if (!deaf || !dumb || !caller || !receiver) return room.check(false);
    room.check.error(dumb->signal(1), Error::denied);
    room.check.error(deaf->wait(Instant{}), Error::denied);
    room.check.error(endpoint->bind(*deaf), Error::denied);
    room.check.error(caller->bind(*bell), Error::denied);
    os::Message message;
    room.check.error(os::call(*receiver, message), Error::denied);
    room.check.error(os::send(*receiver, message), Error::denied);
    room.check.error(os::receive(*caller, message, Instant{}), Error::denied);
    room.check.error(os::receive(room.partner, message, Instant{}), Error::denied);
    room.check.error(room.partner.mint(7, abi::rights::all), Error::denied);
}

/// Its own process: the grant has the right to map, no more.
void own_process(Room& room) {
    const os::Process& self = os::runtime().self;
    const auto bell = os::Notification::create();
    if (!bell) return room.check(false);
    room.check.error(self.kill(), Error::denied);
    room.check.error(self.create_thread(thread_buffer(0), 1), Error::denied);
    room.check.error(self.give(*bell, abi::rights::all), Error::denied);
    room.check.error(self.observe(*bell, 1), Error::denied);
    room.check.error(self.status(), Error::denied);
}

/// A minted badge can neither be changed nor minted from.
void badges(Room& room) {
    const auto endpoint = os::Endpoint::create();
    const auto minted =
        endpoint ? endpoint->mint(77, abi::rights::all) : Result<os::Endpoint>{fail(Error::closed)};
    if (!minted) return room.check(false);
    room.check.error(minted->mint(78, abi::rights::all), Error::denied);
    const auto copy = minted->copy();
    const auto info =
        copy ? os::invoke(HandleInfo{copy->id()}) : Result<HandleInfo::Reply>{fail(Error::closed)};
    room.check(info && info->badge == 77 && (info->rights & abi::rights::endpoint::mint.raw) == 0);
}

/// As many handles as there is memory, or room: then an error, and all of them can be closed again.
void exhaust_table(Room& room) {
    const auto bell = os::Notification::create();
    if (!bell) return room.check(false);
    u64 count = 0;
    while (true) {
        const auto copy = os::invoke(abi::HandleCopy{bell->id(), 0xffff, {}});
        if (!copy) {
            room.check.error(copy, Error::no_memory);
            break;
        }
        if (++count > 70'000) return room.check(false);
    }
    room.check(count > 1000);
    room.check(bell->signal(1).has_value());
    room.check(bell->wait(Instant{}).has_value());
}

} // namespace

std::span<const Attack> handle_attacks() {
    static constexpr std::array attacks{
        Attack{"handles.guessed", guessed},
        Attack{"handles.stale", stale},
        Attack{"handles.stale-in-every-call", every_call_with_a_stale_handle},
        Attack{"handles.wrong-kind", wrong_kind},
        Attack{"handles.rights-only-shrink", rights_only_shrink},
        Attack{"handles.without-the-right", without_the_right},
        Attack{"handles.own-process", own_process},
        Attack{"handles.badges", badges},
        Attack{"handles.exhaust-budget", exhaust_table, 192},
        Attack{"handles.exhaust-table", exhaust_table, 640},
    };
    return attacks;
}

} // namespace pith::attacks
