#include "child.h"

namespace pith::attacks {
namespace {

constexpr u64 stack_size = 16 * 1024;
alignas(16) constinit std::array<std::byte, stack_size * thread_slots> stacks{};

} // namespace

void raw_call(Registers& registers) {
    Registers& r = registers;
    register u64 r10 asm("r10") = r.r10;
    register u64 r8 asm("r8") = r.r8;
    register u64 r9 asm("r9") = r.r9;
    register u64 rbx asm("rbx") = r.rbx;
    register u64 r12 asm("r12") = r.r12;
    register u64 r13 asm("r13") = r.r13;
    register u64 r14 asm("r14") = r.r14;
    register u64 r15 asm("r15") = r.r15;
    asm volatile("syscall"
                 : "+a"(r.rax), "+D"(r.rdi), "+S"(r.rsi), "+d"(r.rdx), "+r"(r10), "+r"(r8), "+r"(r9),
                   "+r"(rbx), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15)
                 :
                 : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    r.r10 = r10, r.r8 = r8, r.r9 = r9, r.rbx = rbx, r.r12 = r12, r.r13 = r13, r.r14 = r14, r.r15 = r15;
}

VirtAddr thread_buffer(u64 slot) { return VirtAddr{0x7000'0000 + slot * page_size}; }

Result<os::Thread> start_thread(void (*entry)(u64), u64 argument, u64 slot, u64 priority) {
    os::Thread thread{TRY(os::invoke(abi::ThreadCreate{{}, thread_buffer(slot), priority, {}})).handle};
    // A function finds its stack 8 below a multiple of 16.
    const u64 top = reinterpret_cast<u64>(stacks.data()) + (slot + 1) * stack_size - 8;
    TRY(thread.start(VirtAddr{reinterpret_cast<u64>(entry)}, VirtAddr{top}, argument));
    return thread;
}

Instant soon(u64 milliseconds_from_now) {
    const auto time = os::invoke(abi::ClockRead{});
    return (time ? time->now : Instant{}) + milliseconds(milliseconds_from_now);
}

void end_thread() {
    for (;;)
        static_cast<void>(os::invoke(abi::ThreadExit{}));
}

void pause_for(u64 milliseconds_from_now) {
    static_cast<void>(os::invoke(abi::Sleep{soon(milliseconds_from_now)}));
}

} // namespace pith::attacks
