#include "kernel/object/endpoint.h"

#include "kernel/kernel.h"
#include "kernel/object/notification.h"

namespace pith::kernel {

Endpoint::~Endpoint() {
    if (bound_) bound_->unbind();
    // Who received has left with the last right to.
    while (Thread* caller = callers_.front())
        kernel().waits().cancel(*caller, Error::closed);
}

void Endpoint::enqueue_caller(Thread& thread) {
    note_arrival();
    callers_.push(thread);
}

void Endpoint::caller_left() {
    if (bound_ && caller_gone_ != 0) bound_->signal(caller_gone_);
}

void Endpoint::gone_arrived() {
    note_arrival();
    if (Thread* receiver = receivers_.front())
        kernel().waits().finish_receive_with_gone(*receiver, gone_.take());
}

void Endpoint::receive_right_removed() {
    if (--receive_rights_ != 0) return;
    closed_ = true;
    gone_.clear();
    while (Thread* receiver = receivers_.front())
        kernel().waits().cancel(*receiver, Error::closed);
    while (Thread* caller = callers_.front())
        kernel().waits().cancel(*caller, Error::closed);
}

} // namespace pith::kernel
