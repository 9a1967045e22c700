#include "kernel/object/interrupt.h"

#include "kernel/kernel.h"

namespace pith::kernel {

Interrupt::~Interrupt() {
    kernel().machine().mask_interrupt(line_); // nobody is left to acknowledge it
    kernel().interrupts().release(line_);
}

void Interrupt::bind(Ref<Notification> notification, u64 bits) {
    notification_ = std::move(notification);
    bits_ = bits;
    kernel().machine().unmask_interrupt(line_);
}

void Interrupt::acknowledge() {
    if (notification_) kernel().machine().unmask_interrupt(line_);
}

void Interrupt::fired() {
    if (notification_) notification_->signal(bits_);
}

} // namespace pith::kernel
