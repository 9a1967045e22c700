#include "kernel/sched/waits.h"

#include "kernel/kernel.h"
#include "kernel/object/reply.h"
#include "kernel/syscall/messages.h"

#include <utility>

namespace pith::kernel {

void Waits::begin(Thread& thread, ThreadState state, Instant deadline) {
    kernel_.note_change();
    thread.state = state;
    thread.deadline = deadline;
    if (deadline.is_never()) return;
    thread.unusual |= unusual::deadline;
    for (Thread& other : deadlines_) {
        if (other.deadline <= deadline) continue;
        return deadlines_.insert_before(other, thread);
    }
    deadlines_.push_back(thread);
}

void Waits::forget_deadline(Thread& thread) {
    if (thread.deadline.is_never()) return;
    kernel_.note_change();
    thread.deadline = Instant::never();
    thread.unusual &= ~unusual::deadline;
    thread.deadline_link.unlink();
}

void Waits::finish(Thread& thread) {
    forget_deadline(thread);
    thread.queue_link.unlink();
    kernel_.make_ready(thread);
    thread.use.end();
}

void Waits::finish_notification_wait(Thread& thread, u64 bits) {
    thread.context.registers.answer(0, {bits});
    finish(thread);
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
    thread.queue_link.unlink();
    if (thread.server) kernel_.release_caller(*thread.server);
    if (thread.reply) std::exchange(thread.reply, nullptr)->caller_left();
    thread.use.end();
}

void Waits::cancel(Thread& thread, Error error) {
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
}

void Waits::abandon(Thread& thread) { detach(thread); }

void Waits::expire(Instant now) {
    while (Thread* thread = deadlines_.front()) {
        if (thread->deadline > now) return;
        cancel(*thread, Error::timed_out);
    }
}

Instant Waits::next_deadline() const {
    const Thread* thread = deadlines_.front();
    return thread ? thread->deadline : Instant::never();
}

} // namespace pith::kernel
