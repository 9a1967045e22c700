// Floods: more of everything than the budget gives, as fast as it goes, while a partner has to answer.
#include "child.h"
#include "os/timer.h"

namespace pith::attacks {
namespace {

[[noreturn]] void spin(u64) {
    for (;;)
        asm volatile("pause");
}
[[noreturn]] void call_for_ever(u64 endpoint) {
    for (;;) {
        Registers r{.rax = 0, .rdi = endpoint, .rbx = 0};
        raw_call(r);
    }
}
[[noreturn]] void sleep_shortly(u64) {
    for (;;)
        static_cast<void>(os::invoke(abi::Sleep{soon(0) + microseconds(1)}));
}
[[noreturn]] void fault(u64) {
    asm volatile("ud2");
    __builtin_unreachable();
}

void all_spin(Room&) {
    for (u64 slot = 0; slot < thread_slots; ++slot)
        static_cast<void>(start_thread(spin, 0, slot));
    spin(0);
}

void all_call(Room& room) {
    for (u64 slot = 0; slot < thread_slots; ++slot)
        static_cast<void>(start_thread(call_for_ever, room.partner.id().raw, slot));
    call_for_ever(room.partner.id().raw);
}

void all_sleep(Room&) {
    for (u64 slot = 0; slot < thread_slots; ++slot)
        static_cast<void>(start_thread(sleep_shortly, 0, slot));
    sleep_shortly(0);
}

void yields(Room&) {
    for (;;)
        static_cast<void>(os::invoke(abi::Yield{}));
}

void signals(Room& room) {
    const auto bell = os::Notification::create();
    if (!bell) return room.check(false);
    for (u64 i = 0; i < 300'000; ++i)
        room.check(bell->signal(i).has_value());
}

void calls(Room& room) {
    for (u64 i = 0; i < 100'000; ++i) {
        Registers r{.rax = 0, .rdi = room.partner.id().raw, .rbx = 0, .r12 = i, .r13 = 1};
        raw_call(r);
        room.check(r.rax == 0 && r.rbx == i + 1);
    }
}

/// Threads until the budget is gone, all asleep; the process ends with them.
u64 threads_until_full(Room& room, void (*entry)(u64), u64 argument) {
    u64 count = 0;
    for (; count < 5000; ++count) {
        const VirtAddr buffer{0x1'0000'0000 + count * page_size};
        const auto thread = os::invoke(abi::ThreadCreate{{}, buffer, 8, {}});
        if (!thread) break;
        // No stack: the way to the first system call needs none.
        const VirtAddr top{0x6000'0000 + page_size - 8};
        room.check(os::invoke(abi::ThreadStart{thread->handle, VirtAddr{reinterpret_cast<u64>(entry)}, top,
                                               argument})
                       .has_value());
    }
    return count;
}
bool map_shared_stack() {
    auto memory = os::Memory::create(pages(1));
    const auto rights = abi::rights::memory::read | abi::rights::memory::write;
    const bool mapped =
        memory && os::runtime().self.map(*memory, VirtAddr{0x6000'0000}, pages(1), rights).has_value();
    if (mapped) static_cast<void>(memory->release());
    return mapped;
}
/// Without a stack: all of these threads share one.
[[noreturn]] void naked_sleep(u64) {
    for (;;) {
        u64 rax = abi::number_of<abi::Sleep>;
        u64 rdi = u64{1} << 62;
        asm volatile("syscall"
                     : "+a"(rax), "+D"(rdi)
                     :
                     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory");
    }
}
[[noreturn]] void naked_call(u64 endpoint) {
    for (;;) {
        u64 rax = 0;
        u64 rdi = endpoint;
        asm volatile("movq %%rdi, %%rbp\n syscall\n movq %%rbp, %1"
                     : "+a"(rax), "+D"(rdi)
                     :
                     : "rbx", "rcx", "rdx", "rsi", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                       "r15", "memory");
        endpoint = rdi;
    }
}

void threads(Room& room) {
    room.check(map_shared_stack());
    room.check(threads_until_full(room, naked_sleep, 0) > 50);
    pause_for(20);
}

/// Hundreds wait at an endpoint, which then ends; and once more, when their process ends.
void callers(Room& room) {
    room.check(map_shared_stack());
    auto endpoint = os::Endpoint::create();
    if (!endpoint) return room.check(false);
    room.check(threads_until_full(room, naked_call, endpoint->id().raw) > 50);
    pause_for(30);
    endpoint->close();
    pause_for(5);
}

void memory(Room& room) {
    for (int round = 0; round < 20; ++round) {
        std::array<os::Memory, 40> all;
        for (auto& one : all) {
            auto made = os::Memory::create(pages(100));
            if (!made) break;
            one = *std::move(made);
        }
        room.check.error(os::Memory::create(pages(u64{1} << 17)), Error::no_memory);
    }
}

void objects(Room& room) {
    u64 count = 0;
    while (os::invoke(abi::EndpointCreate{}) && os::invoke(abi::NotificationCreate{}) &&
           os::invoke(abi::BudgetCreate{{}, pages(1)}) && os::invoke(abi::MemoryCreate{{}, pages(1)}) &&
           os::invoke(abi::ProcessCreate{}))
        ++count;
    room.check(count > 10);
    room.check.error(os::invoke(abi::ProcessCreate{}), Error::no_memory);
}

void mappings(Room& room) {
    const auto memory = os::Memory::create(pages(1));
    if (!memory) return room.check(false);
    u64 count = 0;
    for (; count < 4000; ++count) // every other page, so that each is a mapping of its own
        if (!os::runtime().self.map(*memory, VirtAddr{0x1'0000'0000 + count * 2 * page_size}, pages(1),
                                    abi::rights::memory::read))
            break;
    room.check(count > 1000);
    room.check(os::invoke(abi::MemoryUnmap{{}, VirtAddr{0x1'0000'0000}, pages(count * 2)}).has_value());
}

void deadlines(Room& room) {
    const auto bell = os::Notification::create();
    if (!bell) return room.check(false);
    for (u64 i = 0; i < 2000; ++i) {
        room.check.refused(bell->wait(soon(0) + Duration{i % 100}));
        static_cast<void>(os::invoke(abi::Sleep{Instant{{i}}}));
    }
}

/// As many timers as there is memory for, all of them always about to ring.
void timers(Room& room) {
    const auto bell = os::Notification::create();
    if (!bell) return room.check(false);
    std::array<os::Timer, 200> all;
    for (os::Timer& timer : all) {
        auto made = os::Timer::create(*bell, 1);
        if (!made) return room.check(false);
        timer = *std::move(made);
    }
    for (;;)
        for (const os::Timer& timer : all)
            static_cast<void>(timer.set(soon(0) + Duration{100}));
}

/// Processes that make processes, each within what is left of the budget.
void fork_bomb(Room& room) {
    u64 count = 0;
    for (; count < 1000; ++count) {
        const auto made = os::invoke(abi::ProcessCreate{});
        if (!made) break;
        const os::Process process{made->handle};
        const auto thread = process.create_thread(thread_buffer(0), 16);
        if (!thread || !thread->start(VirtAddr{0x1000}, VirtAddr{0x1000}, 0)) break; // faults at once
    }
    room.check(count > 5);
}

void faults(Room& room) {
    static_cast<void>(start_thread(fault, 0));
    pause_for(1000);
    room.check(false);
}

} // namespace

std::span<const Attack> flood_attacks() {
    static constexpr std::array attacks{
        Attack{"floods.all-spin", all_spin, 256, Ending::goes_on},
        Attack{"floods.all-call", all_call, 256, Ending::goes_on},
        Attack{"floods.all-sleep", all_sleep, 256, Ending::goes_on},
        Attack{"floods.yields", yields, 256, Ending::goes_on},
        Attack{"floods.signals", signals},
        Attack{"floods.calls", calls},
        Attack{"floods.threads", threads, 640},
        Attack{"floods.callers", callers, 640},
        Attack{"floods.memory", memory},
        Attack{"floods.objects", objects},
        Attack{"floods.mappings", mappings, 512},
        Attack{"floods.deadlines", deadlines},
        Attack{"floods.timers", timers, 256, Ending::goes_on},
        Attack{"floods.fork-bomb", fork_bomb},
        Attack{"floods.fault-in-a-thread", faults, 256, Ending::anyhow},
    };
    return attacks;
}

} // namespace pith::attacks
