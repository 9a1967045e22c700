#include "kernel/object/interrupt.h"

#include "kernel/kernel.h"

namespace pith::kernel {

Interrupt::Interrupt(Budget& payer, u32 line)
    : Object{object_kind, payer},
      Observer{Owner::interrupt},
      line_{line},
      level_{kernel().machine().interrupt_is_level(line)} {}

Interrupt::~Interrupt() {
    Machine& machine = kernel().machine();
    machine.mask_interrupt(line_); // nobody is left to acknowledge it
    if (InterruptLines::is_message(line_)) machine.drop_message(line_);
    kernel().interrupts().release(line_);
}

void Interrupt::mask() {
    if (!std::exchange(masked_, true)) kernel().machine().mask_interrupt(line_);
}

void Interrupt::bind(Ref<Notification> notification, u64 bits) {
    replace(std::move(notification), bits);
    acknowledge();
}

void Interrupt::acknowledge() {
    if (!is_set()) return;
    unanswered_ = false;
    if (std::exchange(masked_, false)) kernel().machine().unmask_interrupt(line_);
    if (std::exchange(again_, false) && note_fired()) signal();
}

} // namespace pith::kernel
