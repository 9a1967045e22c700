#pragma once

#include "abi/budget_calls.h"
#include "abi/debug.h"
#include "abi/device_calls.h"
#include "abi/event_calls.h"
#include "abi/memory_calls.h"
#include "abi/objects.h"
#include "abi/records.h"
#include "abi/rights.h"
#include "abi/system_calls.h"
#include "base/address.h"
#include "base/time.h"
#include "base/type_list.h"

#include <array>

/// The system calls: one struct a call, its members the arguments, its place in `Calls` its number.
///
/// Messaging calls (numbers 0 to 4, enum MessageCall) have their own registers, see docs/abi.md:
///   rax MessageTag, rdi handle, words 0 to 9 in rbx r12 r13 r14 r15 rdx rsi r8 r9 r10; rbp, rsp are kept.
/// All other calls:
///   in   rax number; members in order in rdi rsi rdx r10 r8 r9
///   out  rax 0 or Error; the reply's members in rdx rsi r8
///   Every other caller-saved register comes back 0 (rcx and r11 hold rip and rflags). Vector registers are
///   dead across every call.
namespace pith::abi {

enum class MessageCall : u8 {
    call = 0,              ///< send a message, wait for its reply                     endpoint: call
    reply_and_receive = 1, ///< answer the current caller (if any), wait for a message endpoint: receive
    receive = 2,           ///< wait for a message; a current caller gets `dropped`    endpoint: receive
    send = 3,              ///< deliver a message, without a reply                     endpoint: call
    reply = 4,             ///< answer: handle 0 = the current caller, else a Reply    reply: reply
};
inline constexpr u64 message_calls = 5;
/// Ordinary calls are numbered from here, in the order of `Calls`.
inline constexpr u64 first_call = 16;

// ---- the thread itself ------------------------------------------------------------------------------------

/// Gives the core to the next thread of the same priority.
struct Yield {
    using Reply = Nothing;
};
/// Ends the calling thread; the process ends with its last thread, with `status` 0.
struct ThreadExit {
    using Reply = Nothing;
};
/// Ends the calling process. `status`: any number; observers read it.
struct ProcessExit {
    using Reply = Nothing;
    u64 status;
};
/// Nanoseconds since the kernel started.
struct ClockRead {
    struct Reply {
        Instant now;
    };
};
/// Waits until `deadline`.
struct Sleep {
    using Reply = Nothing;
    Instant deadline;
};
/// FS and GS base of the calling thread; canonical user addresses.
struct SetBases {
    using Reply = Nothing;
    VirtAddr fs;
    VirtAddr gs;
};
/// Keeps `count` (0 to 4) slots of the table free for handles that messages to this thread carry. Slots that
/// a message used are reserved anew at the next wait, which fails with `no_memory` where that cannot be.
struct AcceptHandles {
    using Reply = Nothing;
    u64 count;
};
/// Turns the right to answer the current caller into a Reply handle, so that other calls can be received
/// first.
struct KeepReply {
    using Reply = NewHandle;
    Handle budget;
};

// ---- handles ----------------------------------------------------------------------------------------------

struct HandleClose {
    using Reply = Nothing;
    Handle handle;
};
/// Copies a handle: with at most its rights (needs `copy`), into `process` (0 = the caller's own; else needs
/// process: grant).
struct HandleCopy {
    using Reply = NewHandle;
    Handle handle;
    u64 rights;
    Handle process;
};
/// Copies an endpoint's handle with another badge (needs endpoint: mint). The copy cannot mint. When it and
/// all that derives from it is gone, the endpoint's receivers are told, once (Status::gone); the record of
/// that is paid by the calling process's budget.
struct HandleMint {
    using Reply = NewHandle;
    Handle endpoint;
    u64 rights;
    u64 badge;
};
/// `rights` also tells, above the rights themselves, whether the handle came from another one (by copying,
/// minting or in a message), and whether others derive from it now. `badge`: an endpoint's; of a process,
/// which one it is (ProcessEntry::id).
struct HandleInfo {
    static constexpr u64 was_derived = 1 << 16;
    static constexpr u64 has_derived = 1 << 17;
    struct Reply {
        u64 kind;
        u64 rights;
        u64 badge;
    };
    Handle handle;
};
/// Removes everything that was derived from the handle, in every table; the handle itself stays. Calls that
/// wait through what is removed end with `revoked`; those that a server has received go on, and so does what
/// is mapped.
struct HandleRevoke {
    using Reply = Nothing;
    Handle handle;
};

// ---- budgets: what pays for everything. 0 = the one that the calling process was made with ----------------

/// A child with a limit of `frames`, taken out of its parent's.           budget: split
struct BudgetCreate {
    using Reply = NewHandle;
    Handle parent;
    PageCount frames;
};
/// Frames.                                                               budget: inspect
struct BudgetInfo {
    struct Reply {
        PageCount limit;
        PageCount used;
    };
    Handle budget;
};

// Another limit, their end, and when little is left: budget_calls.h

// ---- messages and notifications ---------------------------------------------------------------------------

struct EndpointCreate {
    using Reply = NewHandle;
    Handle budget;
};
struct NotificationCreate {
    using Reply = NewHandle;
    Handle budget;
};
/// Sets bits; wakes who waits.                                            notification: signal
struct NotificationSignal {
    using Reply = Nothing;
    Handle notification;
    u64 bits;
};
/// Takes all bits that are set; waits while there are none. A deadline that has passed polls (`would_wait`).
///                                                                       notification: wait
struct NotificationWait {
    struct Reply {
        u64 bits;
    };
    Handle notification;
    Instant deadline;
};
/// A thread that receives on the endpoint is also woken by the notification. One notification an endpoint:
/// the last that was bound; 0 unbinds. `caller_gone` are bits that are signalled whenever a call that was
/// received on the endpoint ends before it was answered (its deadline, ThreadCancel, the caller's end): a
/// server may stop working on it. Unless the caller's process has closed the capability that it called
/// through.                                                 notification: wait, endpoint: receive
struct NotificationBind {
    using Reply = Nothing;
    Handle notification;
    Handle endpoint;
    u64 caller_gone = 0;
};

// ---- memory -----------------------------------------------------------------------------------------------

/// Zeroed anonymous memory, 1 to 2^18 pages, charged in full; in pieces of 2 MiB as long as it is large
/// enough and there are any (MemoryInfo).                                       budget: spend
struct MemoryCreate {
    using Reply = NewHandle;
    Handle budget;
    PageCount size;
};
struct MemoryInfo {
    struct Reply {
        PageCount size;
        /// So many from the start on lie in pieces of 2 MiB, which are mapped by one entry of a page table
        /// each: where the address is a multiple of 2 MiB.
        PageCount in_pieces;
    };
    Handle memory;
};
/// Maps `count` pages of `memory` from page `offset` at `address`, which must be free. `access` is of
/// rights::memory, never write and execute together; with map_guarded, see there. Page tables are charged to
/// the process's budget.
///                                                                       process: map, memory: access
struct MemoryMap {
    using Reply = Nothing;
    Handle process;
    Handle memory;
    VirtAddr address;
    PageCount offset;
    PageCount count;
    u64 access;
};
/// Takes away whatever is mapped in the range.                            process: map
struct MemoryUnmap {
    using Reply = Nothing;
    Handle process;
    VirtAddr address;
    PageCount count;
};
/// Changes the access of a range that is mapped whole; never beyond the rights it was mapped by.
///                                                                       process: map
struct MemoryProtect {
    using Reply = Nothing;
    Handle process;
    VirtAddr address;
    PageCount count;
    u64 access;
};

// ---- processes and threads --------------------------------------------------------------------------------

/// An empty address space and handle table, paid by `budget`, which also becomes the process's own. The name,
/// up to 16 bytes, is for people.                                          budget: spend
struct ProcessCreate {
    using Reply = NewHandle;
    Handle budget;
    u64 name_low;
    u64 name_high;
};
/// Ends it, with ExitKind::killed.                                       process: kill
struct ProcessKill {
    using Reply = Nothing;
    Handle process;
};
/// `bits` of the notification are set when the process ends (at once if it has).
///                                              process: observe, notification: signal
struct ProcessObserve {
    using Reply = Nothing;
    Handle process;
    Handle notification;
    u64 bits;
};
/// How it ended; `wrong_state` while it lives. `detail`: the exit status, or the fault (ExitReason).
///                                                                       process: observe
struct ProcessStatus {
    struct Reply {
        u64 kind;
        u64 detail;
        u64 address;
    };
    Handle process;
};
/// A thread that does not run yet. Its message buffer is mapped at `buffer` (page-aligned, free).
/// `priority` 0 (low) to 63, at most the caller's own.                   process: run, budget: spend
struct ThreadCreate {
    using Reply = NewHandle;
    Handle process;
    VirtAddr buffer;
    u64 priority;
    Handle budget;
};
/// Runs it from `entry` with `stack` in rsp and `argument` in rdi.         thread: run
struct ThreadStart {
    using Reply = Nothing;
    Handle thread;
    VirtAddr entry;
    VirtAddr stack;
    u64 argument;
};
struct ThreadSetPriority {
    using Reply = Nothing;
    Handle thread;
    u64 priority;
};
/// From now on the thread (0: the calling one) runs on core `core` only, counted from 0; `any_core`: on
/// whichever is free. When the call returns, no other core runs it. A new thread is where its maker is.
///                                                                       thread: run
struct ThreadSetCore {
    using Reply = Nothing;
    Handle thread;
    u64 core;
};
inline constexpr u64 any_core = ~u64{0};
/// Ends it. thread: kill
struct ThreadKill {
    using Reply = Nothing;
    Handle thread;
};
/// Its wait, if any, ends with `cancelled`. thread: kill
struct ThreadCancel {
    using Reply = Nothing;
    Handle thread;
};
struct ThreadObserve {
    using Reply = Nothing;
    Handle thread;
    Handle notification;
    u64 bits;
};

// ---- devices ----------------------------------------------------------------------------------------------

/// An interrupt line, masked: 0 to 15 in ISA numbering (overrides of the firmware apply), from 16 to 63
/// inputs of the interrupt controllers, levels as PCI's are. One Interrupt a line (`exists`).
///                                                                       system: devices, budget: spend
struct InterruptCreate {
    using Reply = NewHandle;
    Handle system;
    Handle budget;
    u64 line;
};
/// From now on the interrupt sets `bits`, once until it is acknowledged. What comes meanwhile is signalled
/// with the acknowledgement, once, and so is what came before.
///                                              interrupt: use, notification: signal
struct InterruptBind {
    using Reply = Nothing;
    Handle interrupt;
    Handle notification;
    u64 bits;
};
struct InterruptAcknowledge {
    using Reply = Nothing;
    Handle interrupt;
};
/// `count` ports from `first`.                                            system: devices
struct IoPortsCreate {
    using Reply = NewHandle;
    Handle system;
    Handle budget;
    u64 first;
    u64 count;
};
/// The calling process may use these ports from now on.                   io_ports: use
struct IoPortsEnable {
    using Reply = Nothing;
    Handle ports;
};
/// A range of the bus that is no RAM, or of the firmware's tables; page-aligned. `cache`: CacheKind. system:
/// devices
struct MemoryPhysical {
    using Reply = NewHandle;
    Handle system;
    Handle budget;
    PhysAddr address;
    PageCount size;
    CacheKind cache = CacheKind::uncached;
};

// Messages and what devices reach: device_calls.h

// The system as a whole: system_calls.h

using Calls = TypeList<
    Yield, ThreadExit, ProcessExit, ClockRead, Sleep, SetBases, AcceptHandles, KeepReply, HandleClose,
    HandleCopy, HandleMint, HandleInfo, BudgetCreate, BudgetInfo, EndpointCreate, NotificationCreate,
    NotificationSignal, NotificationWait, NotificationBind, MemoryCreate, MemoryInfo, MemoryMap, MemoryUnmap,
    MemoryProtect, ProcessCreate, ProcessKill, ProcessObserve, ProcessStatus, ThreadCreate, ThreadStart,
    ThreadSetPriority, ThreadKill, ThreadCancel, ThreadObserve, InterruptCreate, InterruptBind,
    InterruptAcknowledge, IoPortsCreate, IoPortsEnable, MemoryPhysical, LogWrite, LogRead, ProcessList,
    SystemInfo, SystemPower, HandleRevoke, TraceControl, TraceRead, QueueCreate, QueueSend, QueueReceive,
    QueueBind, InterruptCreateMessage, DmaDomainCreate, DmaMap, DmaUnmap, DmaReset, DmaInfo, MemorySlice,
    MemorySeal, BudgetReclaim, ThreadSetRecovery, ProcessSetFaultHandler, ProcessThread, ProcessReadMemory,
    ProcessWriteMemory, ThreadStop, ThreadResume, ThreadReadRegisters, ThreadWriteRegisters, TimerCreate,
    TimerSet, TimerCancel, ClockPage, ThreadSetCore, BudgetResize, BudgetEnd, BudgetObserve>;

template <class Call>
inline constexpr u64 number_of = first_call + index_of<Call>(Calls{});

/// Raised by one with every incompatible change.
inline constexpr u64 version = 1;

/// User programs live below; page 0 and the last page are never mapped.
inline constexpr VirtAddr user_start{page_size};
inline constexpr VirtAddr user_end{0x0000'7fff'ffff'f000};

inline constexpr u64 priorities = 64;

} // namespace pith::abi
