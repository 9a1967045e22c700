#include "kernel/object/timer.h"

#include "kernel/kernel.h"

namespace pith::kernel {

Timer::Timer(Budget& payer, Ref<Notification> notification, u64 bits)
    : Object{object_kind, payer}, Alarm{Owner::timer} {
    observer_.replace(std::move(notification), bits);
}

Timer::~Timer() { set(Instant::never()); }

void Timer::set(Instant when) {
    Alarms& alarms = kernel().waits().alarms();
    if (Alarms::is_set(*this)) alarms.clear(*this);
    kernel().note_change();
    if (when.is_never()) return;
    if (when <= kernel().machine().now())
        observer_.signal();
    else
        alarms.set(*this, when);
}

void Timer::expired() {
    kernel().waits().alarms().clear(*this);
    observer_.signal();
}

} // namespace pith::kernel
