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
/// rsp, rflags and rbp of the current thread and nothing else; the words in registers are not touched.
struct FastExit {
    Registers* end; ///< behind those of whom to resume by sysret with its rip, rsp, rflags, rbp, and rax = 0
    u64 badge;      ///< for its rdi
};
FastExit kernel_fast_call(u64 handle, Core& core);
FastExit kernel_fast_reply_and_receive(u64 handle, Core& core);
/// The same with words beyond those in registers. The tag is in the context's rax, too, and so is that for
/// `next`.
FastExit kernel_fast_call_with_words(u64 handle, Core& core);
FastExit kernel_fast_reply_and_receive_with_words(u64 handle, Core& core);
/// The machine's: what a fast path ends with where something is not ordinary. Nothing has changed; the entry
/// code saves everything and takes the slow way (and does not return; the simulated machine returns null).
FastExit fast_path_refused(u64 handle, Core& core);
}

} // namespace pith::kernel
