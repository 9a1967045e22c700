#include "kernel/object/endpoint.h"

#include "kernel/kernel.h"
#include "kernel/object/notification.h"

#include <algorithm>

namespace pith::kernel {

Endpoint::~Endpoint() {
    if (bound_) bound_->unbind();
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
    if (--receive_rights_ == 0) close();
}

void Endpoint::close() {
    if (closed_ || drain()) return;
    kernel().note_change();
    kernel().reclaimer().take(Ref{*this});
}

bool Endpoint::drain() {
    closed_ = true;
    note_arrival(); // so that nobody receives by the fast path any more
    Effort& effort = kernel().effort();
    const Effort::Slice slice{effort};
    while (!receivers_.empty() && !effort.is_over())
        kernel().waits().cancel(*receivers_.front(), Error::closed);
    while (!callers_.empty() && !effort.is_over())
        kernel().waits().cancel(*callers_.front(), Error::closed);
    for (; !gone_.empty() && !effort.is_over(); effort.spend(Effort::end_object))
        static_cast<void>(gone_.take());
    return receivers_.empty() && callers_.empty() && gone_.empty();
}

bool Endpoint::forget_referrers() {
    Effort& effort = kernel().effort();
    const Effort::Slice slice{effort};
    for (; !fault_handlers.empty() && !effort.is_over(); effort.spend(Effort::end_object))
        fault_handlers.front()->clear();
    for (; !badges.empty() && !effort.is_over(); effort.spend(Effort::remove_handle))
        badges.front()->forget_endpoint();
    return fault_handlers.empty() && badges.empty();
}

int Endpoint::urgency() const {
    const Thread* caller = callers_.front();
    return std::max(highest_priority(receivers_), caller ? caller->priority : -1);
}

} // namespace pith::kernel
