#include "kernel/sched/waits.h"

#include "kernel/kernel.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/reply.h"
#include "kernel/object/timer.h"
#include "kernel/syscall/messages.h"

#include <utility>

namespace pith::kernel {

void Waits::begin(Thread& thread, ThreadState state, Instant deadline) {
    kernel_.note_change();
    thread.state = state;
    if (deadline.is_never()) return;
    thread.unusual |= unusual::deadline;
    alarms_.set(thread, deadline);
}

void Waits::clear_deadline(Thread& thread) {
    kernel_.note_change();
    thread.unusual &= ~unusual::deadline;
    alarms_.clear(thread);
}

void Waits::leave_queue(Thread& thread) {
    if (thread.queued_at)
        CallerQueue::remove(thread);
    else
        thread.queue_link.unlink();
}

void Waits::finish(Thread& thread) {
    forget_deadline(thread);
    leave_queue(thread);
    kernel_.make_ready(thread);
    thread.use.end();
}

void Waits::finish_notification_wait(Thread& thread, u64 bits) {
    thread.context.registers.answer(0, {bits});
    forget_deadline(thread);
    thread.queue_link.unlink(); // it is no caller
    kernel_.make_ready(thread);
    thread.use.end();
}

void Waits::finish_queue_wait(Thread& thread, abi::QueueReceive::Reply message) {
    thread.context.registers.answer(0, {message.words, message.handles});
    finish(thread);
}

void Waits::finish_receive_with_bits(Thread& thread, u64 bits) {
    deliver_bits(thread, bits);
    finish(thread);
}

void Waits::finish_receive_with_gone(Thread& thread, u64 badge) {
    deliver_gone(thread, badge);
    finish(thread);
}

void Waits::detach(Thread& thread) {
    forget_deadline(thread);
    leave_queue(thread);
    if (Thread* server = thread.server()) kernel_.release_caller(*server);
    if (thread.reply) std::exchange(thread.reply, nullptr)->caller_left();
    thread.use.end();
}

/// Who is told when a call that was received ends early: the endpoint that it was received on.
Ref<Endpoint> Waits::receiver_of(Thread& thread) {
    if (!thread.server() && !thread.reply) return {};
    const Slot* slot = thread.process().handles().find(thread.use.handle);
    const bool is_endpoint = slot && slot->object->kind() == abi::Kind::endpoint;
    return is_endpoint ? Ref{static_cast<Endpoint&>(*slot->object)} : Ref<Endpoint>{};
}

void Waits::cancel(Thread& thread, Error error) {
    kernel_.effort().spend(Effort::end_wait);
    const bool by_caller = error == Error::timed_out || error == Error::cancelled;
    const Ref<Endpoint> receiver = by_caller ? receiver_of(thread) : Ref<Endpoint>{};
    detach(thread);
    if ((thread.unusual & unusual::faulted) != 0) {
        // No answer will come. It ends its process itself, in its turn: so many such ends take no deeper
        // stack.
        thread.unusual |= unusual::working;
        return kernel_.make_ready(thread);
    }
    Registers& registers = thread.context.registers;
    switch (thread.state) {
    case ThreadState::calling:
    case ThreadState::sending:
    case ThreadState::awaiting_reply:
    case ThreadState::receiving: deliver_error(thread, error); break;
    case ThreadState::waiting: registers.answer(std::to_underlying(error)); break;
    case ThreadState::sleeping: // until its deadline is what it wanted
        registers.answer(error == Error::timed_out ? 0 : std::to_underlying(error));
        break;
    case ThreadState::synchronizing:
    case ThreadState::created:
    case ThreadState::running:
    case ThreadState::ready:
    case ThreadState::stopped:
    case ThreadState::ended: panic("a thread that does not wait cannot be cancelled");
    }
    kernel_.make_ready(thread);
    if (receiver) receiver->caller_left();
}

void Waits::end_receive(Thread& thread, Error error) {
    thread.queue_link.unlink();
    thread.badge = std::to_underlying(error);
    ended_.push_back(thread);
}

void Waits::tell_ended() {
    const Effort::Slice slice{kernel_.effort()};
    while (!ended_.empty() && !kernel_.effort().is_over())
        cancel(*ended_.front(), static_cast<Error>(ended_.front()->badge));
    if (!ended_.empty()) kernel_.note_owed();
}

void Waits::abandon(Thread& thread) {
    const Ref<Endpoint> receiver = receiver_of(thread);
    detach(thread);
    if (receiver) receiver->caller_left();
}

void Waits::expire(Instant now) {
    // Those that are left have the timer fire at once.
    for (bool first = true; alarms_.next() <= now && (first || !kernel_.effort().is_over()); first = false) {
        Alarm& alarm = *alarms_.first();
        switch (alarm.owner) {
        case Alarm::Owner::thread: cancel(static_cast<Thread&>(alarm), Error::timed_out); break;
        case Alarm::Owner::timer:
            kernel_.effort().spend(Effort::end_wait);
            static_cast<Timer&>(alarm).expired();
            break;
        }
    }
}

} // namespace pith::kernel
