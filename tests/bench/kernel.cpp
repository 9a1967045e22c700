// What the kernel's paths cost, in instructions: boot it under `./pith bench kernel`, which prints these rows
// beside their targets. Each row is "row NAME MIN MEDIAN MAX".
#include "os/mapping.h"
#include "os/message.h"
#include "os/queue.h"
#include "os/spawn.h"
#include "os/syscall.h"
#include "os/timer.h"
#include "proto/program.h"

#include <algorithm>
#include <array>

using namespace pith;

extern "C" {
u64 bench_calls(u64 handle, u64 count, u64 tag);
[[noreturn]] void bench_serve(u64 handle, u64 tag);
[[noreturn]] void bench_serve_stamped(u64 handle, u64 tag);
void bench_one_way(u64 handle, u64 tag, u64* out);
u64 bench_plain(u64 number, u64 count, const u64* arguments);
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

/// A copy of this program that answers on `endpoint`.
Result<os::Process> start_server(const proto::Program& program, const os::Endpoint& endpoint,
                                 std::string_view mode) {
    const auto file = TRY(program.open_file("/bench/kernel"));
    const auto image = TRY(proto::LoadedFile::load(file));
    const std::array<std::string_view, 2> arguments{"benchserver", mode};
    const std::array grants{os::ChildGrant{"serve", &endpoint}};
    const os::Budget own;
    return os::spawn({.image = image.bytes(),
                      .arguments = arguments,
                      .environment = {},
                      .grants = grants,
                      .budget = &own});
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
        const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
        TRY(os::invoke(abi::SetBases{{0x1000}, {}})); // the other side's FS base differs
        const u64 extra = mode->ends_with("64") ? 54 << 8 : 0;
        const u64 tag = 1 | extra;
        if (mode->starts_with("stamped")) bench_serve_stamped(endpoint.id().raw, tag);
        bench_serve(endpoint.id().raw, tag);
    }
    const auto program = TRY(proto::Program::open(start));
    TRY(messages(program));
    TRY(calls(program.terminal()));
    return 0;
}
