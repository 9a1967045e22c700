#pragma once

#include "abi/handle.h"
#include "base/address.h"

/// What whoever holds the debug right sees of a thread, and how faults are told and answered.
namespace pith::abi {

struct Nothing;

/// A thread's registers, in the order of a fault's message: what is asked for most comes first.
struct ThreadRegisters {
    u64 rip, rax, rdi, rsi, rdx, r10, r8, r9, rsp, rflags, rcx, rbx, rbp, r11, r12, r13, r14, r15;
    VirtAddr fs_base, gs_base; ///< not part of a fault's message
};

/// The words of a message with Status::fault. The handler answers it as a call.
namespace fault {
inline constexpr u32 what = 0;      ///< the exception's vector, or system_call; its error code from bit 32 on
inline constexpr u32 address = 1;   ///< of the access for a page fault, else rip
inline constexpr u32 thread = 2;    ///< which: ProcessThread makes a handle of it
inline constexpr u32 registers = 3; ///< the first words of ThreadRegisters
inline constexpr u32 words = registers + 18;

/// In place of a vector: a foreign process's thread executed `syscall`. rip is behind the instruction.
inline constexpr u32 system_call = 256;
} // namespace fault

/// Word 0 of the answer to a fault. Any other number, no answer at all, or one that cannot be followed, ends
/// the process with the fault as its reason.
enum class FaultAction : u64 {
    end = 0,            ///< the process ends with the fault as its reason
    resume = 1,         ///< the thread goes on with the registers that it has
    resume_changed = 2, ///< as many registers as the answer has words for come from there (word 3 on)
    proceed = 3,        ///< of fault::system_call only: the kernel does the call, as for any other process
};

// ---- the calls (abi/syscalls.h) ---------------------------------------------------------------------------

/// Exceptions of the process's threads become messages to `endpoint` (Status::fault, abi/debug.h), with the
/// badge of that handle; they wait for the answer like a call. 0: no handler any more, an exception ends the
/// process. The endpoint's badge counts as carried until the process has ended or has another handler.
/// `flags`: `foreign`.                                            process: debug, endpoint: call
struct ProcessSetFaultHandler {
    using Reply = Nothing;
    /// `syscall` in this process is no call to the kernel but becomes such a message, too.
    static constexpr u64 foreign = 1;
    Handle process;
    Handle endpoint;
    u64 flags;
};
/// A handle, with all rights but `run`, to the process's first thread with an identity of at least `from`:
/// threads are counted in the order in which they are started, over all processes. `not_found` behind the
/// last.                                                                 process: debug
struct ProcessThread {
    struct Reply {
        Handle handle;
        u64 id;
    };
    Handle process;
    u64 from;
};
/// Copies up to 512 bytes from `address` on to the message buffer's words. `length`: what was there, up to
/// the first page that is not mapped or no ordinary memory; `bad_address` if that is nothing. process: debug
struct ProcessReadMemory {
    struct Reply {
        u64 length;
    };
    Handle process;
    VirtAddr address;
    u64 length;
};
/// The other way round. Where a page may be written does not depend on how it is protected now, but on
/// whether the handle that it was mapped by had the right to write; sealed memory may not. process: debug
struct ProcessWriteMemory {
    struct Reply {
        u64 length;
    };
    Handle process;
    VirtAddr address;
    u64 length;
};
/// The thread does not run until ThreadResume: when the call returns it is on no core. What it waits for goes
/// on, and may come meanwhile. `wrong_state`: the calling thread, one that does not live, or is stopped
/// already.                                                              thread: debug
struct ThreadStop {
    using Reply = Nothing;
    Handle thread;
};
/// Ends what ThreadStop began.                                           thread: debug
struct ThreadResume {
    using Reply = Nothing;
    Handle thread;
};
/// The ThreadRegisters of a thread that is stopped, or whose fault waits for an answer, to the message
/// buffer's words. Inside a messaging call the registers that carry words may be older ones.
///                                                                       thread: debug
struct ThreadReadRegisters {
    using Reply = Nothing;
    Handle thread;
};
/// Sets them from the message buffer's words. Not inside a wait or a call that goes on. Flags that are not a
/// program's are ignored; rip, FS and GS base must lie in user space (`bad_address`).
///                                                                       thread: debug
struct ThreadWriteRegisters {
    using Reply = Nothing;
    Handle thread;
};

} // namespace pith::abi
