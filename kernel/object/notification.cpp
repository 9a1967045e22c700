#include "kernel/object/notification.h"

#include "kernel/kernel.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/interrupt.h"

namespace pith::kernel {

Notification::~Notification() { unbind(); }

/// A waiter holds no reference: its handle was the last one and another thread closed it.
bool Notification::send_away() {
    const Effort::Slice slice{kernel().effort()};
    while (!waiters_.empty() && !kernel().effort().is_over())
        kernel().waits().cancel(*waiters_.front(), Error::closed);
    return waiters_.empty();
}

bool Notification::forget_observers() {
    Effort& effort = kernel().effort();
    const Effort::Slice slice{effort};
    for (; !observers_.empty() && !effort.is_over(); effort.spend(Effort::end_wait)) {
        Observer& observer = *observers_.front();
        const Ref<Notification> kept = observer.release();
        if (observer.owner == Observer::Owner::interrupt) static_cast<Interrupt&>(observer).mask();
    }
    return observers_.empty();
}

void Notification::signal(u64 bits) {
    bits_ |= bits;
    if (bits_ == 0) return;
    if (Thread* waiter = waiters_.front()) {
        kernel().waits().finish_notification_wait(*waiter, take());
    } else if (endpoint_) {
        if (Thread* receiver = endpoint_->receivers().front())
            kernel().waits().finish_receive_with_bits(*receiver, take());
        else
            endpoint_->note_arrival();
    }
}

Result<> Notification::bind(Endpoint& endpoint, u64 caller_gone) {
    if (endpoint_) return fail(Error::exists);
    // Who may receive decides: a server's successor binds its own, while a device may still hold its
    // predecessor's.
    if (Notification* other = endpoint.bound()) other->unbind();
    endpoint_ = &endpoint;
    endpoint.set_bound(this, caller_gone);
    if (has_bits()) signal(0);
    return {};
}

void Notification::unbind() {
    if (endpoint_) endpoint_->set_bound(nullptr, 0);
    endpoint_ = nullptr;
}

} // namespace pith::kernel
