#pragma once

#include "kernel/machine/thread_context.h"

#include <array>

/// How a machine enters the kernel: each takes the kernel's lock, changes its objects, picks the next thread
/// and returns what the core shall do. Interrupts are off throughout. The current thread's registers lie in
/// its context (what was pushed or saved by the entry code).
namespace pith::kernel {

class Core;

extern "C" {

/// `syscall`, the slow way: all registers are saved, `interrupted` is false.
Exit kernel_system_call(Core& core);
/// Behind a direct call that has `left` its thread: with the lock held since then.
Exit kernel_leave(Core& core);
/// An exception in user mode; vector and error code are in the registers, `interrupted` is true. `address`:
/// CR2.
Exit kernel_exception(Core& core, u64 address);
/// The core's timer, in user mode or idle.
Exit kernel_timer(Core& core);
/// An interrupt line that is unmasked.
Exit kernel_interrupt(Core& core, u32 line);
/// The machine has refused what a device wanted.
Exit kernel_dma_fault(Core& core);
/// After Exit::Idle::poll, the first thing a core does when it has booted, and when another core interrupts
/// it.
Exit kernel_continue(Core& core);

/// The fast paths of `call` and `reply_and_receive` with no more than words. The entry code has saved rip,
/// rsp, rflags and rbp of the current thread and nothing else. Words 0 to 4 are in callee-saved registers,
/// words 5 and 9 lie on the stack; the other three pass through as arguments, because that is where they are.
/// A fast path ends with a jump, to one of the functions below it. `any` is nothing: a register to use.
struct FastExit {
    Registers*
        end;   ///< behind those of whom to resume by sysret with its rip, rsp, rflags, rbp; null: refused
    u64 badge; ///< for its rdi
};
using FastPath = FastExit(u64 handle_or_badge, u64 word6, u64 any, void* core_or_end, u64 word7, u64 word8);
/// By the tag's lowest bit; two more for messages with words beyond those in registers, whose tag is in the
/// context's rax, too, as then is that for whom to resume.
extern FastPath* const fast_paths[4];

/// What an ordinary call returns by, if it goes back to its caller at once: rax and rdx; all else is 0.
struct Answer {
    u64 status;
    u64 value;
};
/// Ordinary calls, directly: with the user's six arguments as they are, the lock not taken yet, and nothing
/// saved. Callee-saved registers are the user's, as the compiler keeps them. They return with the lock
/// released, or end with a jump to one of the functions below.
using DirectCall = Answer(u64 rdi, u64 rsi, u64 rdx, u64 r10, u64 r8, u64 r9);
/// By number. What is no ordinary call's number leads to direct_call_unknown.
extern const std::array<DirectCall*, 256> direct_calls;

// The machine's. They do not return there; the simulated machine's do.
/// Three values, of which the second and the third are where they belong: status, values 1, 0, any, 2, any.
DirectCall direct_call_answered;
/// The scheduler has to look: the context, in which the answer lies if there is one, gets all that was not
/// saved, and kernel_leave is called. The lock is held.
DirectCall direct_call_left;
/// The core runs another thread already, which has waited in a direct call. Saves what the first kept in its
/// registers to the context that ends at `left`, gives the lock back, since from now on another core may run
/// that thread, and goes on behind the other's call: which was done, and returns `value`.
Answer direct_call_handed_over(u64 left, u64 any, u64 value, u64 next, u64 taken_byte, u64);
/// Something is not ordinary. Nothing has changed, the call's number is in the context's rax: saves
/// everything else and takes the slow way. As `unknown`, which finds the number where the program put it.
DirectCall direct_call_refused, direct_call_unknown;

/// Resumes who waited: with rax 0, or with words beyond those in registers as the context says.
FastPath fast_path_taken, fast_path_with_words_taken;
/// Something is not ordinary. Nothing has changed: saves everything and takes the slow way.
FastPath fast_call_refused, fast_reply_refused, fast_path_with_words_refused;
}

} // namespace pith::kernel
