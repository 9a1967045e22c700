#include "kernel/object/observer.h"

#include "kernel/object/notification.h"

namespace pith::kernel {

void Observer::signal() {
    if (notification_) notification_->signal(bits_);
}

} // namespace pith::kernel
