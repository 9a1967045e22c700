#include "kernel/syscall/messages.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/reply.h"
#include "kernel/syscall/system_call.h"
#include "kernel/syscall/transfer.h"

/// The slow path of messages: everything that can happen. The fast path (fast_path.cpp) is its ordinary case.
namespace pith::kernel {

namespace {

Instant deadline_of(const Thread& thread, abi::MessageTag tag) {
    return tag.with_deadline() ? Instant{{thread.buffer->deadline}} : Instant::never();
}

/// Brings the message of `from` to `to`, which waits for one or is about to. `from` then waits for the reply,
/// or is done. On an error nothing has changed.
Result<> deliver_request(Kernel& kernel, Thread& from, Thread& to, bool wants_reply) {
    TRY(transfer_message(from, to, from.badge));
    if (wants_reply) {
        to.caller = &from;
        from.last_server = &to;
        if (from.priority > to.base_priority) kernel.set_priority(to, from.priority);
    }
    return {};
}

/// There was no memory for slots: an error, or the call is made once more, later.
void refuse(const Caller& caller, Error error) {
    if (!begin_wait_for_memory(caller.kernel, caller.thread, error)) deliver_error(caller.thread, error);
}

void request(Caller& caller, bool wants_reply) {
    Thread& thread = caller.thread;
    const abi::MessageTag tag = thread.context.registers.tag();
    const abi::Handle handle = thread.context.registers.handle();
    const auto slot = caller.handles().check(handle, abi::Kind::endpoint, abi::rights::endpoint::call);
    if (!slot) return deliver_error(thread, slot.error());
    auto& endpoint = static_cast<Endpoint&>(*(*slot)->object);
    if (endpoint.closed()) return deliver_error(thread, Error::closed);
    if (wants_reply)
        if (const auto reserved = reserve_slots(thread); !reserved) return refuse(caller, reserved.error());

    const Instant deadline = deadline_of(thread, tag);
    thread.badge = (*slot)->badge;
    thread.use.handle = handle;
    if (Thread* receiver = endpoint.receivers().front()) {
        const auto delivered = deliver_request(caller.kernel, thread, *receiver, wants_reply);
        if (!delivered) return deliver_error(thread, delivered.error());
        if (wants_reply)
            caller.kernel.waits().begin(thread, ThreadState::awaiting_reply, deadline);
        else
            deliver_done(thread);
        caller.kernel.waits().finish(*receiver);
    } else {
        if (!deadline.is_never() && deadline <= caller.kernel.machine().now())
            return deliver_error(thread, Error::timed_out);
        endpoint.enqueue_caller(thread);
        thread.use.begin(**slot, thread);
        caller.kernel.revocations().added();
        caller.kernel.waits().begin(thread, wants_reply ? ThreadState::calling : ThreadState::sending,
                                    deadline);
    }
    ++caller.process.slow_calls;
    ++caller.core.slow_calls;
}

enum class Taken : u8 { nothing, message, too_many_refused };

/// Takes the first message that can be delivered out of the endpoint's queue. Senders of others get the
/// error, so many of them at a time.
Taken take_request(Caller& caller, Endpoint& endpoint) {
    constexpr u32 slice = 8;
    u32 refused = 0;
    while (Thread* from = endpoint.callers().front()) {
        if (refused == slice) return Taken::too_many_refused;
        const bool wants_reply = from->state == ThreadState::calling;
        const auto delivered = deliver_request(caller.kernel, *from, caller.thread, wants_reply);
        if (!delivered) {
            caller.kernel.waits().cancel(*from, delivered.error());
            ++refused;
            continue;
        }
        if (wants_reply) {
            CallerQueue::remove(*from);
            from->state = ThreadState::awaiting_reply; // its deadline goes on
            from->use.end();
        } else {
            deliver_done(*from);
            caller.kernel.waits().finish(*from);
        }
        return Taken::message;
    }
    return Taken::nothing;
}

void receive(Caller& caller, abi::MessageTag tag, abi::Handle handle) {
    Thread& thread = caller.thread;
    const auto found = caller.handles().get<Endpoint>(handle, abi::rights::endpoint::receive);
    if (!found) return deliver_error(thread, found.error());
    Endpoint& endpoint = *found;
    if (Thread* dropped = thread.caller) caller.kernel.waits().cancel(*dropped, Error::dropped);
    if (endpoint.closed()) return deliver_error(thread, Error::closed);
    if (const auto reserved = reserve_slots(thread); !reserved) return refuse(caller, reserved.error());

    if (!endpoint.gone().empty()) return deliver_gone(thread, endpoint.gone().take());
    if (endpoint.has_bits()) return deliver_bits(thread, endpoint.bound()->take());
    switch (take_request(caller, endpoint)) {
    case Taken::message: return;
    case Taken::too_many_refused: return repeat_later(caller);
    case Taken::nothing: break;
    }
    const Instant deadline = deadline_of(thread, tag);
    if (!deadline.is_never() && deadline <= caller.kernel.machine().now())
        return deliver_error(thread, Error::timed_out);
    thread.use.handle = handle;
    endpoint.note_nothing_there();
    endpoint.receivers().push_front(thread);
    caller.kernel.waits().begin(thread, ThreadState::receiving, deadline);
}

/// Answers `waiting`; where the message cannot be delivered it gets the error, and so does the server.
Result<> answer(Caller& caller, Thread& waiting) {
    const auto delivered = transfer_message(caller.thread, waiting, 0);
    if (!delivered) {
        caller.kernel.waits().cancel(waiting, delivered.error());
        return delivered;
    }
    if (Thread* server = waiting.server()) caller.kernel.release_caller(*server);
    if (waiting.reply) std::exchange(waiting.reply, nullptr)->caller_left();
    caller.kernel.waits().finish(waiting);
    caller.kernel.trace(caller.core, abi::TraceEvent::reply, waiting.process().id());
    return {};
}

void reply(Caller& caller, abi::Handle handle) {
    Thread& thread = caller.thread;
    Thread* waiting = thread.caller;
    Ref<Reply> kept;
    if (handle) {
        const auto found = caller.handles().get<Reply>(handle, abi::rights::reply::reply);
        if (!found) return deliver_error(thread, found.error());
        kept = Ref{found->get()};
        waiting = kept->caller();
        caller.handles().remove(handle).object.reset(); // used up, whatever comes of it
    }
    if (!waiting) return deliver_error(thread, Error::caller_gone);
    if (const auto answered = answer(caller, *waiting); !answered)
        return deliver_error(thread, answered.error());
    deliver_done(thread);
}

} // namespace

void send_message(Caller& caller, abi::MessageCall call) {
    Thread& thread = caller.thread;
    const abi::MessageTag tag = thread.context.registers.tag();
    const abi::Handle handle = thread.context.registers.handle();
    if (!tag.well_formed()) return deliver_error(thread, Error::bad_argument);
    switch (call) {
    case abi::MessageCall::call: return request(caller, true);
    case abi::MessageCall::send: return request(caller, false);
    case abi::MessageCall::reply: return reply(caller, handle);
    case abi::MessageCall::receive: return receive(caller, tag, handle);
    case abi::MessageCall::reply_and_receive:
        if (Thread* waiting = thread.caller; waiting && !answer(caller, *waiting))
            thread.unusual |= unusual::failed_reply;
        return receive(caller, tag, handle);
    }
}

} // namespace pith::kernel
