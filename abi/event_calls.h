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

} // namespace pith::abi
