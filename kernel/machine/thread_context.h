#pragma once

#include "base/address.h"
#include "kernel/machine/registers.h"

#include <array>
#include <span>

namespace pith::kernel {

/// RFLAGS of a thread that starts: interrupts on, and the bit that is always set (SDM vol. 1, 3.4.3).
inline constexpr u64 user_flags = 0x202;
/// What a program may set: CF PF AF ZF SF TF DF OF RF AC ID. Leaving the kernel masks all others as well.
inline constexpr u64 flags_of_programs = 0x25'0dd5;

/// What a machine keeps of a thread while the thread does not run. Plain data, the same on every machine that
/// speaks the x86-64 calling convention; only Machine acts on it.
struct alignas(64) ThreadContext {
    Registers registers{}; ///< must be first: entry.S and rsp0 rely on it
    VirtAddr fs_base{}, gs_base{};
    PhysAddr root{};          ///< top-level page table of the thread's process
    std::byte* vector_area{}; ///< a page for x87, SSE, AVX state
    /// Stopped by an interrupt or exception: every register is restored, through iret. Otherwise the thread
    /// is inside a system call and returns by sysret.
    bool interrupted = false;
    /// `vector_area` holds live state; otherwise the initial state is loaded on resumption.
    bool vector_saved = false;
};
static_assert(offsetof(ThreadContext, registers) == 0);

/// A base of what a machine runs by a context: so it is found from there.
struct WithContext {
    ThreadContext context; ///< what the machine acts on
};
static_assert(offsetof(WithContext, context) == 0);

/// What a core does when it leaves the kernel. Returned in two registers.
struct Exit {
    enum class Idle : u64 {
        halt, ///< nothing to run: enable interrupts and halt until one comes
        poll, ///< kernel work is left: let pending interrupts in, then call kernel_continue
    };
    ThreadContext* context; ///< to resume; null: idle
    Idle idle;
};

} // namespace pith::kernel
