#pragma once

#include "kernel/object/observer.h"
#include "kernel/sched/alarms.h"

namespace pith::kernel {

/// A deadline that signals a notification, once each time that it is set. There is no period: so what the
/// kernel does for a timer is in proportion to the calls that somebody made.
class Timer final : public Object, public Alarm {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::timer;
    Timer(Budget& payer, Ref<Notification> notification, u64 bits);
    ~Timer();

    /// In place of the deadline that was set before; `never` sets none. What has passed signals at once.
    void set(Instant deadline);
    void expired();

  private:
    friend class Inspector;
    Observer observer_;
};

} // namespace pith::kernel
