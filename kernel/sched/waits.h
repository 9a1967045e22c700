#pragma once

#include "abi/syscalls.h"
#include "base/error.h"
#include "base/time.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

class Kernel;

/// Every wait of every thread begins and ends here: one way in, with a deadline; one way out ahead of time.
class Waits {
  public:
    explicit Waits(Kernel& kernel) : kernel_{kernel} {}

    /// The current thread stops running. Its caller has put it into the queue of what it waits for.
    void begin(Thread& thread, ThreadState state, Instant deadline);

    /// What a thread waits for has come.
    void finish_notification_wait(Thread& thread, u64 bits);
    void finish_queue_wait(Thread& thread, abi::QueueReceive::Reply message);
    void finish_receive_with_bits(Thread& thread, u64 bits);
    void finish_receive_with_gone(Thread& thread, u64 badge);
    /// The answer is in its registers already.
    void finish(Thread& thread);

    /// The one early end of every wait: out of every queue, with an error as its answer, ready to run.
    void cancel(Thread& thread, Error error);
    /// The same for one that receives, in slices: it receives nothing more, and is told by `tell_ended`.
    void end_receive(Thread& thread, Error error);
    /// A slice of them. The kernel goes on while there are any.
    void tell_ended();
    [[nodiscard]] bool has_ended() const { return !ended_.empty(); }
    /// The same for a thread that is about to end: no answer.
    void abandon(Thread& thread);

    /// Ends waits whose deadline has come, and lets timers signal: a slice of them.
    void expire(Instant now);
    [[nodiscard]] Instant next_deadline() const { return alarms_.next(); }
    [[nodiscard]] Alarms& alarms() { return alarms_; }

  private:
    friend class Inspector;
    void leave_queue(Thread& thread);
    void detach(Thread& thread);
    [[nodiscard]] static Ref<Endpoint> receiver_of(Thread& thread);
    void forget_deadline(Thread& thread) {
        if (!thread.deadline.is_never()) [[unlikely]]
            clear_deadline(thread);
    }
    void clear_deadline(Thread& thread);

    Kernel& kernel_;
    Alarms alarms_;
    WaitList ended_; // by `end_receive`
};

} // namespace pith::kernel
