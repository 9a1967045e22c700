// Threads and processes: priorities and addresses that nobody granted, ends at bad moments, ownership that
// runs deep.
#include "child.h"
#include "probe.h"

#include <atomic>

namespace pith::attacks {
namespace {

constexpr VirtAddr stack{0x6000'0000};

[[noreturn]] void spin(u64) {
    for (;;)
        asm volatile("pause");
}
[[noreturn]] void sleep_for_ever(u64) {
    for (;;)
        static_cast<void>(os::invoke(abi::Sleep{Instant::never()}));
}

void priorities(Room& room) {
    for (const u64 priority :
         {u64{17}, u64{63}, u64{64}, u64{255}, u64{256}, u64{256 + 16}, u64{1} << 32 | 16, ~u64{0}})
        room.check.error(os::invoke(abi::ThreadCreate{{}, thread_buffer(0), priority, {}}),
                         Error::bad_argument);
    const auto thread = os::invoke(abi::ThreadCreate{{}, thread_buffer(0), 3, {}});
    if (!thread) return room.check(false);
    for (const u64 priority : {u64{17}, u64{63}, u64{64}, u64{256 + 16}, ~u64{0}})
        room.check.error(os::invoke(abi::ThreadSetPriority{thread->handle, priority}), Error::bad_argument);
    room.check(os::invoke(abi::ThreadSetPriority{thread->handle, 16}).has_value());
}

void bad_starts(Room& room) {
    for (const u64 bad : {abi::user_end.raw, u64{0x8000'0000'0000}, u64{0xffff'8000'0000'0000}, ~u64{0}}) {
        const auto thread = os::invoke(abi::ThreadCreate{{}, thread_buffer(0), 3, {}});
        if (!thread) return room.check(false);
        room.check.error(os::invoke(abi::ThreadStart{thread->handle, VirtAddr{bad}, stack, 0}),
                         Error::bad_address);
        room.check.error(os::invoke(abi::ThreadStart{thread->handle, stack, VirtAddr{bad}, 0}),
                         Error::bad_address);
        room.check.error(os::invoke(abi::SetBases{VirtAddr{bad}, {}}), Error::bad_address);
        room.check.error(os::invoke(abi::SetBases{{}, VirtAddr{bad}}), Error::bad_address);
        room.check.refused(os::invoke(abi::ThreadCreate{{}, VirtAddr{bad & ~u64{0xfff}}, 3, {}}));
        static_cast<void>(os::invoke(abi::HandleClose{thread->handle}));
    }
    room.check.refused(os::invoke(abi::ThreadCreate{{}, VirtAddr{0}, 3, {}}));
    room.check.refused(os::invoke(abi::ThreadCreate{{}, abi::first_message_buffer, 3, {}}));
    room.check.refused(os::invoke(abi::ThreadCreate{{}, thread_buffer(0) + 8, 3, {}}));
}

void start_twice(Room& room) {
    auto thread = start_thread(sleep_for_ever, 0);
    if (!thread) return room.check(false);
    room.check.error(thread->start(stack, stack, 0), Error::wrong_state);
    room.check(os::invoke(abi::ThreadKill{thread->id()}).has_value());
    room.check.error(thread->start(stack, stack, 0), Error::wrong_state);
    room.check(os::invoke(abi::ThreadKill{thread->id()}).has_value());
    room.check.error(os::invoke(abi::ThreadCancel{thread->id()}), Error::wrong_state);
}

/// A thread that was never started is killed, its buffer with it; what it was in goes on.
void kill_the_unborn(Room& room) {
    for (int i = 0; i < 500; ++i) {
        const auto thread = os::invoke(abi::ThreadCreate{{}, thread_buffer(0), 3, {}});
        if (!thread) return room.check(false);
        room.check(os::invoke(abi::ThreadKill{thread->handle}).has_value());
        room.check.error(os::invoke(abi::ThreadCancel{thread->handle}), Error::wrong_state);
        room.check(os::invoke(abi::HandleClose{thread->handle}).has_value());
    }
}

void cancel_everything(Room& room) {
    auto thread = start_thread(sleep_for_ever, 0);
    if (!thread) return room.check(false);
    for (int i = 0; i < 2000; ++i) {
        static_cast<void>(os::invoke(abi::ThreadCancel{thread->id()}));
        if (i % 3 == 0) static_cast<void>(os::invoke(abi::Yield{}));
    }
}

/// One thread ends the process while others run, wait and sleep.
void end_in_the_middle(Room& room) {
    for (u64 slot = 0; slot < 6; ++slot)
        room.check(start_thread(slot % 2 == 0 ? spin : sleep_for_ever, 0, slot).has_value());
    pause_for(20);
}

/// Two of low priority, and a server above them that one of them calls once.
struct Race {
    std::atomic<u64> progress = 0;
    std::atomic<u64> before = 0;
    std::atomic<u64> after = 0;
    std::atomic<bool> done = false;
    u64 endpoint = 0;
};
Race& race_of(u64 address) { return *reinterpret_cast<Race*>(address); }
[[noreturn]] void serve(u64 address) {
    Registers r{.rax = 2, .rdi = race_of(address).endpoint};
    for (;;) {
        raw_call(r);
        static_cast<void>(os::invoke(abi::Yield{}));
        r = Registers{.rax = 1, .rdi = race_of(address).endpoint};
    }
}
[[noreturn]] void count(u64 address) {
    for (;;)
        ++race_of(address).progress;
}
u64 time_stamp() {
    u32 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return u64{high} << 32 | low;
}
[[noreturn]] void call_and_spin(u64 address) {
    Race& race = race_of(address);
    Registers r{.rax = 0, .rdi = race.endpoint};
    raw_call(r);
    race.before = race.progress.load();
    const u64 end = time_stamp() + 600'000'000; // some 200 ms; asking the kernel would start the timer
    while (time_stamp() < end) {
    }
    race.after = race.progress.load();
    race.done = true;
    spin(0);
}

/// A call must not win the caller more than its share of the core.
void starve_by_calls(Room& room) {
    Race race;
    const auto endpoint = os::Endpoint::create();
    if (!endpoint) return room.check(false);
    race.endpoint = endpoint->id().raw;
    const u64 address = reinterpret_cast<u64>(&race);
    auto server = start_thread(serve, address, 0, 16);
    pause_for(2);
    auto counter = start_thread(count, address, 1, 8);
    auto caller = start_thread(call_and_spin, address, 2, 8);
    for (int i = 0; i < 10 && !race.done; ++i)
        pause_for(1000); // waking up would give the counter its turn
    room.check(race.done && race.after > race.before);
    if (counter) static_cast<void>(os::invoke(abi::ThreadKill{counter->id()}));
    if (caller) static_cast<void>(os::invoke(abi::ThreadKill{caller->id()}));
    if (server) static_cast<void>(os::invoke(abi::ThreadKill{server->id()}));
}

struct Embryo {
    os::Process process;
    [[nodiscard]] static Result<Embryo> create(const os::Budget& budget = {}) {
        return Embryo{os::Process{TRY(os::invoke(abi::ProcessCreate{budget.id(), 0, 0})).handle}};
    }
};

/// Processes that never run, each held by nobody but the one before: their end must not need a stack as deep.
void chain_of_processes(Room& room) {
    auto first = Embryo::create();
    if (!first) return room.check(false);
    os::Process last = std::move(first->process);
    for (int i = 0; i < 400; ++i) {
        auto next = Embryo::create();
        if (!next) break;
        if (!next->process.give(last, abi::rights::all)) break;
        last = std::move(next->process);
    }
    last.close();
    pause_for(5);
    room.check(Embryo::create().has_value());
}

/// Budgets within budgets: the last handle that goes holds the whole chain.
void chain_of_budgets(Room& room) {
    auto first = os::Budget{}.split(pages(400));
    if (!first) return room.check(false);
    os::Budget last = *std::move(first);
    for (u64 frames = 398; frames > 2; --frames) {
        auto next = last.split(pages(frames));
        if (!next) break;
        last = *std::move(next);
    }
    last.close();
    room.check(os::Budget{}.split(pages(400)).has_value());
}

/// A process that never runs and holds a handle to itself: when its maker has ended, so must it.
void orphan(Room& room) {
    auto embryo = Embryo::create();
    if (!embryo) return room.check(false);
    room.check(embryo->process.give(embryo->process, abi::rights::all).has_value());
}

void orphans_of_each_other(Room& room) {
    auto one = Embryo::create();
    auto two = Embryo::create();
    if (!one || !two) return room.check(false);
    room.check(one->process.give(two->process, abi::rights::all).has_value());
    room.check(two->process.give(one->process, abi::rights::all).has_value());
}

void orphan_thread(Room& room) {
    auto embryo = Embryo::create();
    if (!embryo) return room.check(false);
    const auto thread = embryo->process.create_thread(thread_buffer(0), 1);
    room.check(thread && embryo->process.give(*thread, abi::rights::all).has_value());
}

/// Uses of a process after its end.
void after_the_end(Room& room) {
    const auto embryo = Embryo::create();
    const auto memory = os::Memory::create(pages(2));
    const auto bell = os::Notification::create();
    if (!embryo || !memory || !bell) return room.check(false);
    const os::Process& process = embryo->process;
    const auto thread = process.create_thread(thread_buffer(0), 1);
    room.check(thread.has_value());
    room.check(process.map(*memory, stack, pages(2), abi::rights::memory::read).has_value());
    room.check(process.kill().has_value());
    for (int i = 0; i < 3; ++i) {
        room.check(process.kill().has_value());
        room.check.refused(process.create_thread(thread_buffer(1), 1));
        room.check.refused(process.map(*memory, stack, pages(1), abi::rights::memory::read));
        room.check.refused(process.give(*bell, abi::rights::all));
        static_cast<void>(process.unmap(stack, pages(1)));
        static_cast<void>(os::invoke(abi::MemoryProtect{process.id(), stack, pages(2), 1}));
        if (thread) room.check.refused(thread->start(stack, stack, 0));
        if (thread) static_cast<void>(os::invoke(abi::ThreadKill{thread->id()}));
        pause_for(3);
    }
    room.check(process.status().has_value());
}

[[noreturn]] void spin_with_base(u64 gs_base) {
    asm volatile("wrgsbase %0" ::"r"(gs_base));
    spin(0);
}

/// What one core asks of another comes while that has the kernel's addresses in GS base.
void bases_and_other_cores(Room& room) {
    if (!Processor::ask().fsgsbase) return;
    for (u64 slot = 0; slot < 2; ++slot)
        if (!start_thread(spin_with_base, slot == 0 ? 0xffff'8000'0000'0000 : 0xffff'ffff'ffe0'2000, slot, 3))
            return room.check(false);
    const auto memory = os::Memory::create(pages(1));
    if (!memory) return room.check(false);
    const auto read_write = abi::rights::memory::read | abi::rights::memory::write;
    const Instant end = soon(300);
    while (soon(0) < end) {
        pause_for(1); // they run
        room.check(os::runtime().self.map(*memory, stack, pages(1), read_write).has_value());
        *reinterpret_cast<volatile u64*>(stack.raw) = 1;
        room.check(os::runtime().self.unmap(stack, pages(1)).has_value());
    }
}

} // namespace

std::span<const Attack> thread_attacks() {
    static constexpr std::array attacks{
        Attack{"threads.priorities", priorities},
        Attack{"threads.bad-starts", bad_starts},
        Attack{"threads.start-twice", start_twice},
        Attack{"threads.kill-the-unborn", kill_the_unborn},
        Attack{"threads.cancel-everything", cancel_everything},
        Attack{"threads.end-in-the-middle", end_in_the_middle},
        Attack{"threads.starve-by-calls", starve_by_calls},
        Attack{"gs-base.other-cores", bases_and_other_cores},
        Attack{"processes.chain", chain_of_processes, 1400},
        Attack{"processes.chain-of-budgets", chain_of_budgets, 512},
        Attack{"processes.orphan", orphan},
        Attack{"processes.orphans-of-each-other", orphans_of_each_other},
        Attack{"processes.orphan-thread", orphan_thread},
        Attack{"processes.after-the-end", after_the_end},
    };
    return attacks;
}

} // namespace pith::attacks
