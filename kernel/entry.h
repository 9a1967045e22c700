#pragma once

#include "kernel/machine/thread_context.h"

/// How a machine enters the kernel: each takes the kernel's lock, changes its objects, picks the next thread
/// and returns what the core shall do. Interrupts are off throughout. The current thread's registers lie in
/// its context (what was pushed or saved by the entry code).
namespace pith::kernel {

class Core;

extern "C" {

/// `syscall`, the slow way: all registers are saved, `interrupted` is false.
Exit kernel_system_call(Core& core);
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

// The machine's. They do not return there; the simulated machine's do.
/// Resumes who waited: with rax 0, or with words beyond those in registers as the context says.
FastPath fast_path_taken, fast_path_with_words_taken;
/// Something is not ordinary. Nothing has changed: saves everything and takes the slow way.
FastPath fast_call_refused, fast_reply_refused, fast_path_with_words_refused;
}

} // namespace pith::kernel
