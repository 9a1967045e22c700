#include "kernel/object/observer.h"

#include "kernel/object/notification.h"

namespace pith::kernel {

void Observer::replace(Ref<Notification> notification, u64 bits) {
    clear();
    notification->observers().push_back(*this);
    notification_ = notification.get();
    if (owner != Owner::budget) kept_ = std::move(notification);
    bits_ = bits;
}

void Observer::signal() {
    if (notification_) notification_->signal(bits_);
}

} // namespace pith::kernel
