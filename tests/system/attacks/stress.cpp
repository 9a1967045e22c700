#include "stress.h"

#include "os/guarded.h"
#include "os/queue.h"
#include "os/timer.h"

namespace pith::stress {
namespace {

using attacks::end_thread;
using attacks::raw_call;
using attacks::Registers;

constexpr u64 rounds = 20;
constexpr u64 priority = 12; // below who watches
constexpr u64 signal_bit = 1, deadline_bit = 2, ready_bit = 4;

void expect(Pair& pair, bool holds, u64 line = __builtin_LINE()) {
    if (!holds) pair.wrong = line;
}
void ring(Pair& pair, u64 whose, u64 bit) {
    expect(pair, os::invoke(abi::NotificationSignal{pair.bells[whose].id(), bit}).has_value());
}
/// Waits until the bit is set; what else is there is kept for later.
void await(Pair& pair, u64 whose, u64 bit) {
    u64& kept = pair.kept[whose];
    while ((kept & bit) == 0) {
        const auto bits = os::invoke(abi::NotificationWait{pair.bells[whose].id(), Instant::never()});
        expect(pair, bits.has_value());
        kept |= bits ? bits->bits : bit;
    }
    kept &= ~bit;
}
Instant in(u64 nanoseconds) { return attacks::soon(0) + Duration{nanoseconds}; }
void spin(u64 turns) {
    for (volatile u64 i = 0; i < turns; i = i + 1) {
    }
}

// Each signals the other and waits.
void ring_first(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        ring(pair, 1, signal_bit);
        await(pair, 0, signal_bit);
    }
}
void ring_second(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        await(pair, 1, signal_bit);
        ring(pair, 0, signal_bit);
    }
}

// One calls, the other answers.
void call_it(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        Registers r{.rax = 0, .rdi = pair.endpoint.id().raw, .rbx = i};
        raw_call(r);
        expect(pair, r.rax == 0 && r.rbx == i * 3);
    }
}
void answer_it(Pair& pair) {
    Registers r{.rax = std::to_underlying(abi::MessageCall::receive), .rdi = pair.endpoint.id().raw};
    for (u64 i = 0; i < rounds; ++i) {
        raw_call(r);
        expect(pair, r.rax == 0);
        r.rbx *= 3;
        r.rax = i + 1 < rounds ? std::to_underlying(abi::MessageCall::reply_and_receive)
                               : std::to_underlying(abi::MessageCall::reply);
        r.rdi = i + 1 < rounds ? pair.endpoint.id().raw : 0;
    }
    raw_call(r);
    expect(pair, r.rax == 0);
}

// A queue that is often full, and often empty.
void put_in(Pair& pair) {
    for (u64 i = 0; i < rounds;) {
        const auto sent = os::invoke(abi::QueueSend{pair.queue.id(), 0, 0});
        expect(pair, sent || sent.error() == Error::would_wait);
        if (sent)
            ++i;
        else
            await(pair, 0, ready_bit);
    }
}
void take_out(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i)
        expect(pair, os::invoke(abi::QueueReceive{pair.queue.id(), Instant::never()}).has_value());
}

// Timers, and deadlines that race with what is waited for.
void set_timers(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        expect(pair, os::invoke(abi::TimerSet{pair.timer.id(), in(pair.random.below(40'000))}).has_value());
        await(pair, 0, signal_bit);
    }
}
void await_timers(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        await(pair, 1, deadline_bit);
        ring(pair, 0, signal_bit);
    }
}
void wait_until(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        const auto bits = os::invoke(abi::NotificationWait{pair.bells[0].id(), in(20'000 + i * 1000)});
        expect(pair, bits || bits.error() == Error::timed_out || bits.error() == Error::would_wait);
        pair.kept[0] |= bits ? bits->bits : 0;
        await(pair, 0, signal_bit);
        ring(pair, 1, signal_bit);
    }
}
void ring_late(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        spin(pair.random.below(4000));
        ring(pair, 0, signal_bit);
        await(pair, 1, signal_bit);
    }
}

// Memory is taken away from who reads it.
VirtAddr page_of(const Pair& pair) { return VirtAddr{0x5000'0000 + pair.number * 0x20'0000}; }
void take_memory_away(Pair& pair) {
    const auto memory = os::invoke(abi::MemoryCreate{pair.budget.id(), pages(1)});
    if (!memory) return expect(pair, false);
    const u64 access = abi::rights::memory::read.raw | abi::rights::memory::write.raw | abi::map_guarded;
    expect(pair,
           os::invoke(abi::MemoryMap{{}, memory->handle, page_of(pair), {}, pages(1), access}).has_value());
    ring(pair, 1, ready_bit);
    while (pair.turns == 0)
        asm volatile("pause");
    spin(pair.word.load() % 3000);
    expect(pair, pair.budget.reclaim().has_value());
    pair.stop = true;
    await(pair, 0, signal_bit);
    expect(pair, os::invoke(abi::MemoryUnmap{{}, page_of(pair), pages(1)}).has_value());
    expect(pair, os::invoke(abi::HandleClose{memory->handle}).has_value());
}
void read_page(Pair& pair) {
    await(pair, 1, ready_bit);
    expect(pair, os::expect_missing_pages().has_value());
    std::array<std::byte, 8> copy{};
    const std::span page{reinterpret_cast<const std::byte*>(page_of(pair).raw), copy.size()};
    for (bool gone = false; !gone;) {
        const bool was_gone = pair.stop;
        gone = !os::guarded_copy(copy, page);
        expect(pair, gone || !was_gone); // it would know what was forgotten
        ++pair.turns;
    }
    ring(pair, 0, signal_bit);
}

// A right is taken back from who waits through it.
void take_back(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        const auto copy = os::invoke(abi::HandleCopy{pair.bells[1].id(), 0xffff, {}});
        expect(pair, copy.has_value());
        pair.borrowed = copy ? copy->handle.raw : 0;
        ring(pair, 1, ready_bit);
        spin(pair.random.below(3000));
        expect(pair, os::invoke(abi::HandleRevoke{pair.bells[1].id()}).has_value());
        await(pair, 0, signal_bit);
    }
}
void wait_by_copy(Pair& pair) {
    for (u64 i = 0; i < rounds; ++i) {
        await(pair, 1, ready_bit);
        const auto bits = os::invoke(abi::NotificationWait{abi::Handle{pair.borrowed}, Instant::never()});
        expect(pair, !bits && (bits.error() == Error::revoked || bits.error() == Error::bad_handle));
        ring(pair, 0, signal_bit);
    }
}

// A wait is called off.
void call_off(Pair& pair) {
    pair.borrowed = 0;
    ring(pair, 1, ready_bit);
    while (pair.borrowed == 0) {
        pair.stop = pair.turns >= rounds;
        if (!os::invoke(abi::ThreadCancel{pair.threads[1].id()})) static_cast<void>(os::invoke(abi::Yield{}));
    }
    pair.borrowed = 2; // from now on no wait of the other's is called off
}
void wait_for_ever(Pair& pair) {
    await(pair, 1, ready_bit);
    while (!pair.stop) {
        const auto slept = os::invoke(abi::Sleep{Instant::never()});
        expect(pair, !slept && slept.error() == Error::cancelled);
        ++pair.turns;
    }
    pair.borrowed = 1;
    while (pair.borrowed == 1)
        asm volatile("pause");
}

// A third thread is stopped, moved and killed, whatever it is doing.
alignas(16) constinit std::array<std::array<std::byte, 2048>, pairs> victim_stacks{};
constinit std::array<Pair*, pairs> of_victims{};
[[noreturn]] void be_a_victim(u64 number) {
    Pair& pair = *of_victims[number];
    for (;;) {
        ++pair.turns;
        switch (pair.turns % 4) {
        case 0: static_cast<void>(os::invoke(abi::Yield{})); break;
        case 1: static_cast<void>(os::invoke(abi::Sleep{in(5000)})); break;
        case 2: static_cast<void>(os::invoke(abi::ClockRead{})); break;
        default: spin(1000);
        }
    }
}
void hunt(Pair& pair) {
    of_victims[pair.number] = &pair;
    const auto made =
        os::invoke(abi::ThreadCreate{{}, attacks::thread_buffer(2 * pairs + pair.number), priority, {}});
    if (!made) return expect(pair, false);
    const os::Thread victim{made->handle};
    auto& stack = victim_stacks[pair.number];
    expect(pair, victim
                     .start(VirtAddr{reinterpret_cast<u64>(&be_a_victim)},
                            VirtAddr{reinterpret_cast<u64>(stack.data() + stack.size()) - 8}, pair.number)
                     .has_value());
    expect(pair, os::invoke(abi::ThreadObserve{victim.id(), pair.victim_ended.id(), 1}).has_value());
    for (u64 i = 0; i < 4; ++i) {
        const u64 before = pair.turns;
        while (pair.turns == before)
            static_cast<void>(os::invoke(abi::Yield{}));
        expect(pair, victim.set_core(pair.random.below(pair.cores)).has_value());
        expect(pair, os::invoke(abi::ThreadStop{victim.id()}).has_value());
        const u64 stopped = pair.turns;
        spin(pair.random.below(3000));
        expect(pair, pair.turns == stopped);
        expect(pair, os::invoke(abi::ThreadResume{victim.id()}).has_value());
    }
    expect(pair, os::invoke(abi::ThreadKill{victim.id()}).has_value());
    const u64 last = pair.turns;
    expect(pair, os::invoke(abi::NotificationWait{pair.victim_ended.id(), Instant::never()}).has_value());
    expect(pair, pair.turns == last);
}
void look_on(Pair&) { spin(10'000); }

constexpr std::array all{Activity{"bells", ring_first, ring_second},
                         Activity{"calls", call_it, answer_it},
                         Activity{"queue", put_in, take_out},
                         Activity{"timers", set_timers, await_timers},
                         Activity{"deadlines", wait_until, ring_late},
                         Activity{"reclaiming", take_memory_away, read_page},
                         Activity{"revoking", take_back, wait_by_copy},
                         Activity{"cancelling", call_off, wait_for_ever},
                         Activity{"hunting", hunt, look_on}};

/// Both are there. One may be at the next such place before the other has left this one, so there are two
/// bits.
void meet(Pair& pair, u64 who, u64 bit) {
    ring(pair, 1 - who, bit);
    await(pair, who, bit);
}

constinit std::array<Pair*, pairs> all_pairs{};

[[noreturn]] void take_part(u64 slot) {
    Pair& pair = *all_pairs[slot / 2];
    const u64 who = slot % 2;
    while (!pair.ready)
        static_cast<void>(os::invoke(abi::Yield{}));
    for (;;) {
        if (who == 0) {
            pair.doing = pair.random.below(all.size());
            pair.turns = 0;
            pair.stop = false;
            pair.word = pair.random.next();
            // Each of the two on one core, or on any.
            for (const os::Thread& thread : pair.threads) {
                const u64 core = pair.random.below(2 * pair.cores);
                const auto pinned = thread.set_core(core < pair.cores ? core : abi::any_core);
                expect(pair, pinned.has_value());
            }
        }
        meet(pair, who, 8);
        const Activity& activity = all[pair.doing];
        (who == 0 ? activity.first : activity.second)(pair);
        meet(pair, who, 16);
        if (who == 0) ++pair.round;
    }
}

} // namespace

std::span<const Activity> activities() { return all; }

Result<> start(Pair& pair, u64 number, u64 cores, u64 seed) {
    pair.random = attacks::Random{seed + number};
    pair.number = number;
    pair.cores = cores;
    all_pairs[number] = &pair;
    for (os::Notification& bell : pair.bells)
        bell = TRY(os::Notification::create());
    pair.budget = TRY(os::Budget{}.split(pages(8)));
    pair.victim_ended = TRY(os::Notification::create());
    pair.endpoint = TRY(os::Endpoint::create());
    os::Queue queue = TRY(os::Queue::create(3));
    TRY(queue.bind(abi::QueueEdge::not_full, pair.bells[0], ready_bit));
    pair.queue = std::move(queue);
    pair.timer = TRY(os::Timer::create(pair.bells[1], deadline_bit));
    for (u64 i = 0; i < 2; ++i)
        pair.threads[i] = TRY(attacks::start_thread(take_part, number * 2 + i, number * 2 + i, priority));
    pair.ready = true;
    return {};
}

} // namespace pith::stress
