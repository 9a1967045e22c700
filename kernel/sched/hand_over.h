#pragma once

#include "kernel/kernel.h"
#include "kernel/object/notification.h"

/// The ordinary case of a switch: a core goes from the thread that it runs straight to one whose wait has
/// just ended. It is what `leave` would come to, without a run queue, a timer or a search: who asks for it
/// has checked that nothing else can be the outcome.
///
/// The timer stays as it is: no deadline has changed, and the turn goes on. One that is limited, by equals or
/// by work of the reclaimer, stays so.
namespace pith::kernel {

/// Whether a signal of these bits, now, takes the core from `running` at once: to the first waiter, if its
/// priority is higher.
[[nodiscard, gnu::always_inline]] inline bool switches(Notification& notification, u64 bits,
                                                       const Thread& running) {
    if (notification.waiters().empty() || bits == 0) return false;
    const Thread& waiter = *notification.waiters().front();
    return waiter.priority > running.priority && (running.unusual | waiter.unusual) == 0;
}

/// The core runs `to` from now on, in the same turn, and not `from`, of which the caller says what it does.
[[gnu::always_inline]] inline void Kernel::hand_over(Core& core, Thread& from, Thread& to) {
    account(&from, &to);
    to.state = ThreadState::running;
    core.current = &to;
}

/// To the first waiter, whose wait a signal has ended; `from` goes on when it is its turn again. What the
/// wait returns is the caller's to deliver.
[[gnu::always_inline]] inline Thread& Kernel::give_way(Core& core, Thread& from, Notification& notification) {
    Thread& to = *notification.waiters().pop_front();
    to.use.end();
    from.state = ThreadState::ready;
    ready_.push_front_shared(from);
    hand_over(core, from, to);
    if (core_count_ != 1) [[unlikely]]
        share_work(core);
    return to;
}

} // namespace pith::kernel
