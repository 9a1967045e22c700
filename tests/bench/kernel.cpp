// What the kernel's paths cost, in instructions: boot it under `./pith bench kernel`, which prints these rows
// beside their targets. Each row is "row NAME MIN MEDIAN MAX".
#include "os/mapping.h"
#include "os/message.h"
#include "os/queue.h"
#include "os/runtime.h"
#include "os/syscall.h"
#include "os/timer.h"
#include "tests/system/checks/again.h"

#include <algorithm>
#include <array>

using namespace pith;

extern "C" {
u64 bench_calls(u64 handle, u64 count, u64 tag);
[[noreturn]] void bench_serve(u64 handle, u64 tag);
[[noreturn]] void bench_serve_stamped(u64 handle, u64 tag);
void bench_one_way(u64 handle, u64 tag, u64* out);
u64 bench_plain(u64 number, u64 count, const u64* arguments);
[[noreturn]] void bench_serve_with_sse(u64 handle, u64 tag);
[[noreturn]] void bench_signal(u64 notification, u64 number);
u64 bench_wait(u64 notification, u64 number);
void bench_exit();
[[noreturn]] void bench_spin();
}

namespace {

constexpr u64 failed = ~u64{0};

/// Runs of one measurement.
class Samples {
  public:
    static constexpr std::size_t count = 15;
    void add(u64 value) { values_[used_++] = value; }
    template <class F>
    void take(F measure) {
        measure(); // once for what is only done the first time
        while (used_ < count)
            add(measure());
    }
    void print(const proto::Terminal& terminal, std::string_view name) {
        std::sort(values_.begin(), values_.end(),
                  [](u64 a, u64 b) { return a < b; }); // libc++ keeps the plain one in its library
        if (values_.back() == failed)
            terminal.print("failed {}\n", name);
        else
            terminal.print("row {} {} {} {}\n", name, values_.front(), values_[count / 2], values_.back());
    }

  private:
    std::array<u64, count> values_{};
    std::size_t used_ = 0;
};

/// `count` ordinary calls, instructions each.
template <class Call>
u64 cost_of(const Call& call, u64 count = 100) {
    std::array<u64, 6> words{};
    if constexpr (!std::is_empty_v<Call>) std::memcpy(words.data(), &call, sizeof call);
    const u64 ticks = bench_plain(abi::number_of<Call>, count, words.data());
    return ticks == failed ? failed : ticks / count;
}

/// A copy of this program that answers on `endpoint`, or does what else `mode` says with what it is given.
Result<os::Process> start_server(const proto::Program& program, const os::Handle& endpoint,
                                 std::string_view mode, u64 priority = os::SpawnRequest::default_priority) {
    const std::array grants{os::ChildGrant{"serve", &endpoint}};
    return start_again(program, "/bench/kernel", mode, {.grants = grants, .priority = priority});
}

Result<> messages(const proto::Program& program) {
    const proto::Terminal& terminal = program.terminal();
    struct Row {
        std::string_view name, server;
        u64 tag;
    };
    constexpr std::array rows{Row{"round-trip-10-words", "10", 0}, Row{"round-trip-64-words", "64", 54 << 8}};
    for (const Row& row : rows) {
        const os::Endpoint endpoint = TRY(os::Endpoint::create());
        const os::Process server = TRY(start_server(program, endpoint, row.server));
        Samples samples;
        samples.take([&] { return bench_calls(endpoint.id().raw, 100, row.tag) / 100; });
        samples.print(terminal, row.name);
        TRY(server.kill());
    }
    for (const u64 extra : {u64{0}, u64{54}}) {
        const os::Endpoint endpoint = TRY(os::Endpoint::create());
        const os::Process server = TRY(start_server(program, endpoint, extra ? "stamped-64" : "stamped"));
        std::array<u64, 2> ways{};
        Samples there, back;
        bench_one_way(endpoint.id().raw, extra << 8, ways.data());
        for (std::size_t i = 0; i < Samples::count; ++i) {
            bench_one_way(endpoint.id().raw, extra << 8, ways.data());
            there.add(ways[0]);
            back.add(ways[1]);
        }
        there.print(terminal, extra ? "call-64-words" : "call");
        back.print(terminal, extra ? "reply-64-words" : "reply-and-receive");
        TRY(server.kill());
    }
    return {};
}

/// The first row again, with all around it that must not matter.
Result<> messages_in_a_crowd(const proto::Program& program) {
    const proto::Terminal& terminal = program.terminal();
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const auto measure = [&](std::string_view name, u64 handle, u64 other_instructions = 0) {
        Samples samples;
        samples.take([&] { return bench_calls(handle, 100, 0) / 100 - other_instructions; });
        samples.print(terminal, name);
    };
    {
        const os::Process server = TRY(start_server(program, endpoint, "sse"));
        measure("round-trip-server-with-sse", endpoint.id().raw, 1);
        TRY(server.kill());
    }
    const os::Endpoint open = TRY(os::Endpoint::create());
    std::array<os::Process, 10> servers;
    for (os::Process& server : servers)
        server = TRY(start_server(program, open, "10"));
    // They have not run yet and share the core with us: the end of our turn is looked at.
    measure("round-trip-equals-ready", open.id().raw);
    for (std::size_t i = 0; i < 2 * servers.size(); ++i)
        TRY(os::invoke(abi::Yield{}));
    measure("round-trip-10-servers", open.id().raw);

    const os::Notification bell = TRY(os::Notification::create());
    TRY(open.bind(bell));
    const os::Process other =
        TRY(start_server(program, bell, "spin", os::SpawnRequest::default_priority - 1));
    measure("round-trip-bound-and-others-ready", open.id().raw);
    TRY(other.kill());

    constexpr u32 many = 10'000;
    abi::Handle last{};
    for (u32 i = 0; i < many; ++i)
        last = TRY(os::invoke(abi::HandleCopy{open.id(), abi::rights::all.raw, {}})).handle;
    measure("round-trip-10000-handles", last.raw);
    for (const os::Process& server : servers)
        TRY(server.kill());
    return {};
}

/// A call that passes a handle, from the client's stub to the server's first instruction.
Result<> handle_passing(const proto::Program& program) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Process server = TRY(start_server(program, endpoint, "stamped-handle"));
    const os::Notification passed = TRY(os::Notification::create());
    std::array<u64, 2> ways{};
    Samples there;
    for (std::size_t i = 0; i <= Samples::count; ++i) {
        os::message_buffer().handles[0] = passed.id();
        bench_one_way(endpoint.id().raw, 1 << 16, ways.data());
        if (i > 0) there.add(ways[0]);
    }
    there.print(program.terminal(), "call-passing-a-handle");
    return server.kill();
}

/// A signal whose waiter, of higher priority, runs at once.
Result<> switching_signal(const proto::Program& program) {
    const os::Notification bell = TRY(os::Notification::create());
    const os::Process signaller =
        TRY(start_server(program, bell, "signal", os::SpawnRequest::default_priority - 1));
    Samples samples;
    samples.take([&] { return bench_wait(bell.id().raw, abi::number_of<abi::NotificationWait>); });
    samples.print(program.terminal(), "signal-that-switches");
    return signaller.kill();
}

/// From the call that makes a thread to the news of its end.
Result<> thread_life(const proto::Terminal& terminal) {
    constexpr VirtAddr buffer{0x5800'0000};
    const os::Notification bell = TRY(os::Notification::create());
    const auto live = [&]() -> Result<> {
        const os::Thread thread{
            TRY(os::invoke(abi::ThreadCreate{{}, buffer, os::SpawnRequest::default_priority, {}})).handle};
        TRY(os::invoke(abi::ThreadObserve{thread.id(), bell.id(), 1}));
        TRY(thread.start(VirtAddr{std::bit_cast<u64>(&bench_exit)}, buffer, abi::number_of<abi::ThreadExit>));
        TRY(bell.wait());
        return {};
    };
    Samples samples;
    samples.take([&] {
        const u64 before = __builtin_ia32_rdtsc();
        return live() ? __builtin_ia32_rdtsc() - before : failed;
    });
    samples.print(terminal, "thread-life");
    return {};
}

/// A program that is already in memory: create its process, load it, run it, wait for its end.
Result<> process_life(const proto::Program& program) {
    const auto file = TRY(program.open_file("/bin/true"));
    const auto image = TRY(proto::LoadedFile::load(file));
    const std::array<std::string_view, 1> arguments{"true"};
    const os::Budget own;
    const os::Notification bell = TRY(os::Notification::create());
    const auto live = [&]() -> Result<> {
        const os::Process child = TRY(os::spawn({.image = image.bytes(),
                                                 .arguments = arguments,
                                                 .environment = {},
                                                 .grants = {},
                                                 .budget = &own}));
        TRY(child.observe(bell, 1));
        TRY(bell.wait());
        return {};
    };
    Samples samples;
    samples.take([&] {
        const u64 before = __builtin_ia32_rdtsc();
        return live() ? __builtin_ia32_rdtsc() - before : failed;
    });
    samples.print(program.terminal(), "process-life");
    return {};
}

/// 32 pages of anonymous memory: create, map, write to each, unmap, free. For each page.
Result<> memory_life(const proto::Terminal& terminal) {
    constexpr VirtAddr at{0x5100'0000};
    constexpr PageCount size = pages(32);
    constexpr u64 read_write = 3;
    const auto live = [&]() -> Result<> {
        const os::Memory memory = TRY(os::Memory::create(size));
        TRY(os::invoke(abi::MemoryMap{{}, memory.id(), at, {}, size, read_write}));
        for (u64 page = 0; page < size.raw; ++page)
            *std::bit_cast<volatile u64*>(at.raw + page * page_size) = page;
        return os::invoke(abi::MemoryUnmap{{}, at, size});
    };
    Samples samples;
    samples.take([&] {
        const u64 before = __builtin_ia32_rdtsc();
        return live() ? (__builtin_ia32_rdtsc() - before) / size.raw : failed;
    });
    samples.print(terminal, "memory-page");
    return {};
}

Result<> calls(const proto::Terminal& terminal) {
    const auto print = [&](std::string_view name, auto measure) {
        Samples samples;
        samples.take(measure);
        samples.print(terminal, name);
    };
    const os::Notification bell = TRY(os::Notification::create());
    print("null-call", [&] { return cost_of(abi::AcceptHandles{abi::max_handles}); });
    print("clock-read", [] { return cost_of(abi::ClockRead{}); });
    print("yield-alone", [] { return cost_of(abi::Yield{}); });
    print("signal-without-waiter", [&] { return cost_of(abi::NotificationSignal{bell.id(), 1}); });

    const os::Queue queue = TRY(os::Queue::create(8));
    print("queue-send-receive-10-words", [&] {
        const u64 sent = cost_of(abi::QueueSend{queue.id(), 10, 0}, 8);
        const u64 received = cost_of(abi::QueueReceive{queue.id(), {}}, 8);
        return std::max(sent, received) == failed ? failed : sent + received;
    });

    const os::Timer timer = TRY(os::Timer::create(bell, 1));
    const Instant later = TRY(os::invoke(abi::ClockRead{})).now + milliseconds(1'000'000);
    print("timer-set", [&] { return cost_of(abi::TimerSet{timer.id(), later}); });

    constexpr VirtAddr at{0x5000'0000};
    const os::Memory memory = TRY(os::Memory::create(pages(1)));
    const os::Memory neighbour = TRY(os::Memory::create(pages(1)));
    constexpr u64 read_write = 3;
    const abi::MemoryMap map{{}, memory.id(), at, {}, pages(1), read_write};
    // A neighbour keeps the leaf table.
    TRY(os::invoke(abi::MemoryMap{{}, neighbour.id(), at + pages(1), {}, pages(1), read_write}));
    print("map-page", [&] {
        const u64 cost = cost_of(map, 1);
        static_cast<void>(os::invoke(abi::MemoryUnmap{{}, at, pages(1)}));
        return cost;
    });
    print("unmap-page", [&] {
        static_cast<void>(os::invoke(map));
        return cost_of(abi::MemoryUnmap{{}, at, pages(1)}, 1);
    });
    // Among many mappings: every other page of a range.
    constexpr VirtAddr many{0x1'0000'0000};
    constexpr u64 others = 4000;
    for (u64 i = 0; i < others; ++i)
        TRY(os::invoke(abi::MemoryMap{{}, memory.id(), many + pages(2 * i), {}, pages(1), read_write}));
    print("map-page-among-4000", [&] {
        const abi::MemoryMap between{{}, memory.id(), many + pages(others + 1), {}, pages(1), read_write};
        const u64 cost = cost_of(between, 1);
        static_cast<void>(os::invoke(abi::MemoryUnmap{{}, between.address, pages(1)}));
        return cost;
    });
    TRY(os::invoke(abi::MemoryUnmap{{}, many, pages(2 * others)}));
    static_cast<void>(os::invoke(map));
    print("protect-page", [&] {
        static_cast<void>(os::invoke(abi::MemoryProtect{{}, at, pages(1), 1}));
        return cost_of(abi::MemoryProtect{{}, at, pages(1), read_write}, 1);
    });
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    if (const auto mode = start.argument(1)) {
        if (*mode == "spin") bench_spin();
        if (*mode == "signal") {
            const os::Notification bell = TRY(start.take<os::Notification>("serve"));
            bench_signal(bell.id().raw, abi::number_of<abi::NotificationSignal>);
        }
        const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
        TRY(os::invoke(abi::SetBases{{0x1000}, {}})); // the other side's FS base differs
        const u64 extra = mode->ends_with("64") ? 54 << 8 : 0;
        const u64 tag = 1 | extra;
        if (*mode == "stamped-handle") TRY(os::invoke(abi::AcceptHandles{1}));
        if (*mode == "sse") bench_serve_with_sse(endpoint.id().raw, tag);
        if (mode->starts_with("stamped")) bench_serve_stamped(endpoint.id().raw, tag);
        bench_serve(endpoint.id().raw, tag);
    }
    const auto program = TRY(proto::Program::open(start));
    TRY(messages(program));
    TRY(messages_in_a_crowd(program));
    TRY(handle_passing(program));
    TRY(calls(program.terminal()));
    TRY(switching_signal(program));
    TRY(thread_life(program.terminal()));
    TRY(process_life(program));
    TRY(memory_life(program.terminal()));
    return 0;
}
