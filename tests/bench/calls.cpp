#include "groups.h"
#include "os/queue.h"
#include "os/timer.h"

/// Calls that neither switch nor wait.
namespace pith::bench {

namespace {
constexpr u64 read_write = 3;

abi::MemoryMap map_one(const os::Memory& memory, VirtAddr at) {
    return {{}, memory.id(), at, {}, pages(1), read_write};
}
void unmap_one(VirtAddr at) { static_cast<void>(os::invoke(abi::MemoryUnmap{{}, at, pages(1)})); }
} // namespace

Result<> plain_calls(const proto::Program& program) {
    constexpr u64 often = 100;
    const auto print = [&](std::string_view name, const auto& call) {
        measure_row(program.terminal(), name, [&] { return cost_of(call, often); }, often);
    };
    const os::Notification bell = TRY(os::Notification::create());
    print("null-call", abi::AcceptHandles{abi::max_handles});
    print("clock-read", abi::ClockRead{});
    print("yield-alone", abi::Yield{});
    print("signal-without-waiter", abi::NotificationSignal{bell.id(), 1});
    const os::Timer timer = TRY(os::Timer::create(bell, 1));
    const Instant later = TRY(os::invoke(abi::ClockRead{})).now + milliseconds(1'000'000);
    print("timer-set", abi::TimerSet{timer.id(), later});

    // One row: what is sent is received.
    constexpr u64 room = 8;
    const os::Queue queue = TRY(os::Queue::create(room));
    const abi::QueueSend send{queue.id(), 10, 0};
    const abi::QueueReceive receive{queue.id(), {}};
    u64 received = 0;
    measure_row(
        program.terminal(), "queue-send-10-words",
        [&] {
            const u64 sent = cost_of(send, room);
            for (u64 i = 0; i < room; ++i)
                received += os::invoke(receive).has_value();
            return sent;
        },
        room);
    measure_row(
        program.terminal(), "queue-receive-10-words",
        [&] {
            for (u64 i = 0; i < room; ++i)
                static_cast<void>(os::invoke(send));
            return cost_of(receive, room);
        },
        room);
    return {};
}

namespace {
/// 2 MiB in one piece: by one large page, and by small ones, where the address does not fit.
Result<> pieces(const proto::Program& program) {
    constexpr VirtAddr fitting{0x5000'0000};
    constexpr PageCount piece = pages(512);
    const os::Memory memory = TRY(os::Memory::create(piece));
    if (TRY(os::invoke(abi::MemoryInfo{memory.id()})).in_pieces != piece) return fail(Error::no_memory);
    const auto print = [&](std::string_view name, VirtAddr at) {
        measure_row(program.terminal(), name, [&] {
            return time_of([&]() -> Result<> {
                TRY(os::invoke(abi::MemoryMap{{}, memory.id(), at, {}, piece, read_write}));
                return os::invoke(abi::MemoryUnmap{{}, at, piece});
            });
        });
    };
    print("map-large-page", fitting);
    print("map-512-pages", fitting + pages(1));
    return {};
}
} // namespace

Result<> mappings(const proto::Program& program) {
    constexpr VirtAddr at{0x5000'0000};
    const os::Memory memory = TRY(os::Memory::create(pages(1)));
    const os::Memory neighbour = TRY(os::Memory::create(pages(1)));
    measure_row(program.terminal(), "map-page-new-table", [&] {
        const u64 cost = cost_of(map_one(memory, at));
        unmap_one(at);
        return cost;
    });
    // A neighbour keeps the leaf table.
    TRY(os::invoke(map_one(neighbour, at + pages(1))));
    measure_row(program.terminal(), "map-page", [&] {
        const u64 cost = cost_of(map_one(memory, at));
        unmap_one(at);
        return cost;
    });
    measure_row(program.terminal(), "unmap-page", [&] {
        static_cast<void>(os::invoke(map_one(memory, at)));
        return cost_of(abi::MemoryUnmap{{}, at, pages(1)});
    });
    // Among many mappings: every other page of a range.
    constexpr VirtAddr many{0x1'0000'0000};
    constexpr u64 others = 4000;
    for (u64 i = 0; i < others; ++i)
        TRY(os::invoke(map_one(memory, many + pages(2 * i))));
    measure_row(program.terminal(), "map-page-among-4000", [&] {
        const VirtAddr between = many + pages(others + 1);
        const u64 cost = cost_of(map_one(memory, between));
        unmap_one(between);
        return cost;
    });
    TRY(os::invoke(abi::MemoryUnmap{{}, many, pages(2 * others)}));
    TRY(os::invoke(map_one(memory, at)));
    measure_row(program.terminal(), "protect-page", [&] {
        static_cast<void>(os::invoke(abi::MemoryProtect{{}, at, pages(1), 1}));
        return cost_of(abi::MemoryProtect{{}, at, pages(1), read_write});
    });
    TRY(os::invoke(abi::MemoryUnmap{{}, at, pages(2)}));
    return pieces(program);
}

} // namespace pith::bench
