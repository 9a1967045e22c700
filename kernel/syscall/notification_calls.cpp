#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/syscall/system_call.h"

namespace pith::kernel {

Result<abi::NewHandle> on(Caller& caller, const abi::EndpointCreate& call) {
    Budget& payer = TRY(caller.payer(call.budget));
    return caller.hand_out(TRY(payer.make<Endpoint>()));
}

Result<abi::NewHandle> on(Caller& caller, const abi::NotificationCreate& call) {
    Budget& payer = TRY(caller.payer(call.budget));
    return caller.hand_out(TRY(payer.make<Notification>()));
}

Result<abi::NotificationWait::Reply> on(Caller& caller, const abi::NotificationWait& call) {
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::wait));
    if (notification.has_bits()) return abi::NotificationWait::Reply{notification.take()};
    if (!call.deadline.is_never() && call.deadline <= caller.kernel.machine().now())
        return fail(Error::would_wait);
    notification.waiters().push_back(caller.thread);
    caller.thread.use.handle = call.notification;
    caller.thread.use.begin(*caller.handles().find(call.notification), caller.thread);
    caller.kernel.revocations().added();
    caller.kernel.waits().begin(caller.thread, ThreadState::waiting, call.deadline);
    return abi::NotificationWait::Reply{};
}

Result<abi::Nothing> on(Caller& caller, const abi::NotificationBind& call) {
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::wait));
    if (!call.endpoint) {
        notification.unbind();
        return {};
    }
    Endpoint& endpoint = TRY(caller.handles().get<Endpoint>(call.endpoint, abi::rights::endpoint::receive));
    TRY(notification.bind(endpoint, call.caller_gone));
    return {};
}

} // namespace pith::kernel
