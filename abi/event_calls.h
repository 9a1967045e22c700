#pragma once

#include "abi/call.h"
#include "base/time.h"

/// System calls (syscalls.h): what tells a program that something happened without its waiting for somebody.
namespace pith::abi {

// ---- queues -----------------------------------------------------------------------------------------------

inline constexpr u64 max_queue_capacity = 64;
/// What a queue signals on a notification.
enum class QueueEdge : u64 {
    not_empty = 0, ///< a message came into an empty queue that nobody waits at, or nobody can send any more
    not_full = 1,  ///< a message was taken out of a full queue, or nobody can receive any more
};

/// A queue for `capacity` messages (1 to max_queue_capacity), all paid now.   budget: spend
struct QueueCreate {
    using Reply = NewHandle;
    Handle budget;
    u64 capacity;
};
/// Puts a message in: the first `words` words (at most 64) and `handles` handles (at most 4) of the message
/// buffer, the handles as in every message. Never waits: `would_wait` where the queue is full, `closed` where
/// nobody can receive any more. A handle to a queue with the right to receive is `denied`.   queue: send
struct QueueSend {
    using Reply = Nothing;
    Handle queue;
    u64 words;
    u64 handles;
};
/// Takes the oldest message out, to the message buffer; waits while there is none. A deadline that has passed
/// polls (`would_wait`). `closed` when the queue is empty and nobody can send any more. `no_slots` where the
/// message brings more handles than the thread has set slots aside for (AcceptHandles): the message stays. A
/// handle that was revoked on its way arrives as 0.                          queue: receive
struct QueueReceive {
    struct Reply {
        u64 words;
        u64 handles;
    };
    Handle queue;
    Instant deadline;
};
/// From now on `edge` (QueueEdge) signals `bits` on the notification, in place of the one that was bound
/// before; 0 unbinds. Signals at once where the queue is not empty, or not full, already.
///                              queue: receive for not_empty, send for not_full; notification: signal
struct QueueBind {
    using Reply = Nothing;
    Handle queue;
    u64 edge;
    Handle notification;
    u64 bits;
};

// ---- timers and the clock ---------------------------------------------------------------------------------

/// A timer that signals `bits` on the notification.         budget: spend, notification: signal
struct TimerCreate {
    using Reply = NewHandle;
    Handle budget;
    Handle notification;
    u64 bits;
};
/// Signals at `deadline`, once, and not at the one that was set before. One that has passed signals at once,
/// `Instant::never()` never.                                               timer: set
struct TimerSet {
    using Reply = Nothing;
    Handle timer;
    Instant deadline;
};
/// Signals no more; tells whether it would have.                           timer: set
struct TimerCancel {
    struct Reply {
        u64 was_set;
    };
    Handle timer;
};
/// The clock page: Memory of one page, to read, that holds a ClockData. The same page for everybody.
struct ClockPage {
    using Reply = NewHandle;
};
/// How to read the clock without a system call: the time is `factor` times the time stamp counter's advance
/// since `start`, as a 128-bit product, shifted right by `shift`. Read `sequence` before and behind the rest:
/// where it is odd or differs, the kernel was writing.
struct ClockData {
    u64 sequence;
    u64 use_call; ///< not 0: only ClockRead tells the time on this machine
    u64 start;
    u64 factor;
    u64 shift;
};

} // namespace pith::abi
