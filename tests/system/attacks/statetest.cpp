// statetest: threads and processes hold a pattern in every register across many preemptions, and compare; so
// do threads that switch to each other, by messages and signals, with what their FS and GS bases point to.
#include "state.h"
#include "child.h"
#include "os/spawn.h"
#include "probe.h"
#include "proto/program.h"

#include <atomic>
#include <bit>
#include <cstring>

using namespace pith;
using namespace pith::attacks;

extern "C" void hold_registers(const State& expected, State& found, u64 turns, u64 avx);

namespace {

constexpr u64 threads_each = 2;
constexpr u64 processes = 2;
constexpr u64 turns_at_once = 3'000'000;
constexpr Duration slice = milliseconds(10);
constexpr u64 wanted_preemptions = 20;

State pattern(u64 seed) {
    Random random{seed};
    State state{};
    for (u64& word : state.general)
        word = random.next();
    // CF PF AF ZF SF DF OF AC ID as it comes; IF and bit 1 are always set.
    state.flags = (random.next() & 0x240cd5) | 0x202;
    state.mxcsr =
        0x1f80 | (static_cast<u32>(random.next()) & 0xe03f); // rounding, flushing, flags that are set
    state.x87_control =
        static_cast<u16>(0x37f & ~(random.next() & 0xc00)) | static_cast<u16>(random.next() & 0xc00);
    for (u64& word : state.x87)
        word = std::bit_cast<u64>(static_cast<double>(random.next() >> 12));
    for (auto& vector : state.vector)
        for (u64& word : vector)
            word = random.next();
    return state;
}

/// Two words, which FS base and GS base of one thread point to.
struct Marks {
    u64 fs, gs;

    explicit Marks(u64 seed) : fs{Random{seed}.next()}, gs{~fs} {
        const auto at = [](const u64& word) { return VirtAddr{reinterpret_cast<u64>(&word)}; };
        static_cast<void>(os::invoke(abi::SetBases{at(fs), at(gs)}));
    }
    Marks(const Marks&) = delete;
    [[nodiscard]] bool are_there() const {
        u64 by_fs, by_gs;
        asm volatile("movq %%fs:0, %0\n movq %%gs:0, %1" : "=r"(by_fs), "=r"(by_gs) : : "memory");
        return by_fs == fs && by_gs == gs;
    }
};

/// One thread's work, and what came of it.
struct Holder {
    u64 seed = 0;
    bool avx = false;
    Instant end{};
    std::atomic<bool> wrong = false;
    std::atomic<bool> done = false;
};

/// Once at least: on a machine that is short of time, the end may have come before the beginning.
void hold(Holder& holder) {
    const Marks marks{holder.seed};
    for (u64 round = 0; round == 0 || os::invoke(abi::ClockRead{})->now < holder.end; ++round) {
        State expected = pattern(holder.seed * 1000 + round);
        if (!holder.avx)
            for (auto& vector : expected.vector)
                vector[2] = vector[3] = 0;
        State found{};
        hold_registers(expected, found, turns_at_once, holder.avx ? 1 : 0);
        if (std::memcmp(&expected, &found, sizeof(State)) != 0 || !marks.are_there()) holder.wrong = true;
    }
    holder.done = true;
}
[[noreturn]] void hold_in_thread(u64 address) {
    hold(*reinterpret_cast<Holder*>(address));
    end_thread();
}

/// The status: 0 if every register was kept.
int run_holders(u64 seed, u64 time) {
    const bool avx = Processor::ask().avx;
    std::array<Holder, threads_each> holders;
    for (u64 i = 0; i < holders.size(); ++i) {
        holders[i].seed = seed * threads_each + i + 1;
        holders[i].avx = avx;
        holders[i].end = soon(time);
    }
    if (!start_thread(hold_in_thread, reinterpret_cast<u64>(&holders[1]), 0)) return 2;
    hold(holders[0]);
    while (!holders[1].done)
        pause_for(1);
    for (const Holder& holder : holders)
        if (holder.wrong) return 1;
    return 0;
}

Result<u64> run_processes(const proto::LoadedFile& image, u64 time) {
    std::array<os::Process, processes> all;
    for (u64 i = 0; i < processes; ++i) {
        Text<8> seed;
        seed.format("{}", i + 1);
        Text<16> length;
        length.format("{}", time);
        const std::array<std::string_view, 3> arguments{"statetest", seed.view(), length.view()};
        const os::Budget budget;
        all[i] =
            TRY(os::spawn({.image = image.bytes(), .arguments = arguments, .grants = {}, .budget = &budget}));
    }
    u64 failures = 0;
    for (const os::Process& process : all) {
        const auto ended = TRY(os::Notification::create());
        TRY(process.observe(ended, 1));
        TRY(ended.wait());
        const auto status = TRY(process.status());
        if (status.kind != static_cast<u64>(abi::ExitKind::exited) || status.detail != 0) ++failures;
    }
    return failures;
}

/// Threads of this process, which hand the core to each other.
struct Others {
    abi::Handle endpoint, bell;
    std::atomic<u64> answered = 0, heard = 0, wrong = 0;
    std::atomic<bool> done = false;
};
constexpr u64 exchanges = 2000;
Others& others_at(u64 address) { return *reinterpret_cast<Others*>(address); }
[[noreturn]] void answer(u64 address) {
    Others& others = others_at(address);
    const Marks marks{101};
    Registers r{.rax = std::to_underlying(abi::MessageCall::receive), .rdi = others.endpoint.raw};
    for (;; ++others.answered) {
        raw_call(r);
        if (!marks.are_there()) ++others.wrong;
        r = {.rax = std::to_underlying(abi::MessageCall::reply_and_receive), .rdi = others.endpoint.raw};
    }
}
[[noreturn]] void hear(u64 address) {
    Others& others = others_at(address);
    const Marks marks{102};
    for (;; ++others.heard) {
        static_cast<void>(os::invoke(abi::NotificationWait{others.bell, Instant::never()}));
        if (!marks.are_there()) ++others.wrong;
    }
}

/// Messages to one, and signals to another of higher priority, which runs at once: here, or on a core that
/// has to come first.
[[noreturn]] void call_and_signal(u64 address) {
    Others& others = others_at(address);
    const Marks marks{100};
    for (u64 i = 0; i < exchanges; ++i) {
        Registers r{.rax = std::to_underlying(abi::MessageCall::call), .rdi = others.endpoint.raw};
        raw_call(r);
        if (r.rax != 0 || !marks.are_there()) ++others.wrong;
        static_cast<void>(os::invoke(abi::NotificationSignal{others.bell, 1}));
        if (!marks.are_there()) ++others.wrong;
        while (others.heard <= i) {
        }
    }
    others.done = true;
    end_thread();
}

Result<bool> bases_are_kept() {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Notification bell = TRY(os::Notification::create());
    Others others{.endpoint = endpoint.id(), .bell = bell.id()};
    const u64 address = reinterpret_cast<u64>(&others);
    const os::Thread server = TRY(start_thread(answer, address, 0, 4));
    const os::Thread hearer = TRY(start_thread(hear, address, 1, 16));
    pause_for(5); // both wait
    const os::Thread caller = TRY(start_thread(call_and_signal, address, 2, 8));
    for (int i = 0; i < 10'000 && !others.done; ++i)
        pause_for(1);
    for (const os::Thread* thread : {&server, &hearer, &caller})
        TRY(os::invoke(abi::ThreadKill{thread->id()}));
    return others.done && others.wrong == 0 && others.answered >= exchanges && others.heard >= exchanges;
}

u64 number(std::string_view text) {
    u64 value = 0;
    for (const char c : text)
        value = value * 10 + static_cast<u64>(c - '0');
    return value;
}

} // namespace

Result<int> program_main(os::Start& start) {
    if (start.argument_count() == 3)
        return run_holders(number(*start.argument(1)), number(*start.argument(2)));
    const auto terminal = TRY(proto::Terminal::open(start));
    const auto files = TRY(proto::FileSpace::open(start));
    const auto file = TRY(files.open("/test/statetest"));
    const auto image = TRY(proto::LoadedFile::load(file));
    // Each of the threads has its turn, and loses it, so often.
    constexpr u64 time = wanted_preemptions * processes * threads_each * slice.raw / 1'000'000 + 200;
    const u64 failures = TRY(run_processes(image, time));
    terminal.print("{} registers across {} preemptions of {} threads in {} processes\n",
                   failures == 0 ? "PASS" : "FAIL", wanted_preemptions, processes * threads_each, processes);
    const bool kept = TRY(bases_are_kept());
    terminal.print("{} FS and GS base across {} messages and as many signals\n", kept ? "PASS" : "FAIL",
                   exchanges);
    return failures == 0 && kept ? 0 : 1;
}
