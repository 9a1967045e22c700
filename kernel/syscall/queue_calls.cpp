#include "kernel/object/queue.h"

#include "kernel/object/notification.h"
#include "kernel/syscall/messages.h"
#include "kernel/syscall/system_call.h"
#include "kernel/syscall/transfer.h"

#include <span>

namespace pith::kernel {

namespace {

/// What a queue that travelled through itself, or through another one, could receive would keep both alive
/// for ever.
Result<> check_no_receive_rights(HandleTable& table, std::span<const abi::Handle> handles) {
    for (const abi::Handle handle : handles) {
        const Slot& slot = *table.find(handle);
        if (slot.kind() == abi::Kind::queue && slot.rights().has(abi::rights::queue::receive))
            return fail(Error::denied);
    }
    return {};
}

} // namespace

Result<abi::NewHandle> on(Caller& caller, const abi::QueueCreate& call) {
    Budget& payer = TRY(caller.payer(call.budget));
    if (call.capacity == 0 || call.capacity > abi::max_queue_capacity) return fail(Error::bad_argument);
    return caller.hand_out(TRY(Queue::create(payer, static_cast<u32>(call.capacity))));
}

Result<abi::Nothing> on(Caller& caller, const abi::QueueSend& call) {
    Queue& queue = TRY(caller.handles().get<Queue>(call.queue, abi::rights::queue::send));
    if (call.words > abi::max_words || call.handles > abi::max_handles) return fail(Error::bad_argument);
    if (queue.closed()) return fail(Error::closed);
    if (queue.full()) return fail(Error::would_wait);
    // Read once: other threads of the process may be writing there.
    const auto names = caller.thread.buffer->handles;
    const std::span handles = std::span{names}.first(call.handles);
    TRY(check_handles(caller.handles(), handles, Travel::copied, {}));
    TRY(check_no_receive_rights(caller.handles(), handles));
    TRY(queue.push(caller.handles(), std::span{caller.thread.buffer->words}.first(call.words), handles));
    return {};
}

Result<abi::QueueReceive::Reply> on(Caller& caller, const abi::QueueReceive& call) {
    Queue& queue = TRY(caller.handles().get<Queue>(call.queue, abi::rights::queue::receive));
    Thread& thread = caller.thread;
    TRY(reserve_slots(thread));
    if (!queue.empty()) return queue.pop(thread);
    if (!queue.has_senders()) return fail(Error::closed);
    if (!call.deadline.is_never() && call.deadline <= caller.kernel.machine().now())
        return fail(Error::would_wait);
    queue.receivers().push_back(thread);
    thread.use.handle = call.queue;
    thread.use.begin(*caller.handles().find(call.queue), thread);
    caller.kernel.revocations().added();
    caller.kernel.waits().begin(thread, ThreadState::waiting, call.deadline);
    return abi::QueueReceive::Reply{};
}

Result<abi::Nothing> on(Caller& caller, const abi::QueueBind& call) {
    const bool not_empty = call.edge == std::to_underlying(abi::QueueEdge::not_empty);
    if (!not_empty && call.edge != std::to_underlying(abi::QueueEdge::not_full))
        return fail(Error::bad_argument);
    Queue& queue = TRY(caller.handles().get<Queue>(call.queue, not_empty ? abi::rights::queue::receive
                                                                         : abi::rights::queue::send));
    Observer& observer = queue.on(static_cast<abi::QueueEdge>(call.edge));
    if (!call.notification) {
        observer.clear();
        return {};
    }
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::signal));
    observer.replace(Ref{notification}, call.bits);
    const bool ready = not_empty ? !queue.empty() || !queue.has_senders() : !queue.full() || queue.closed();
    if (ready) observer.signal();
    return {};
}

} // namespace pith::kernel
