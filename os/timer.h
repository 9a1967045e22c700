#pragma once

#include "os/objects.h"

namespace pith::os {

/// Signals bits on a notification at a deadline, once each time that it is set.
class Timer : public Typed<Timer, abi::Kind::timer> {
  public:
    using Typed::Typed;
    [[nodiscard]] static Result<Timer> create(const Notification& notification, u64 bits,
                                              const Budget& budget = {}) {
        return Timer{TRY(invoke(abi::TimerCreate{budget.id(), notification.id(), bits})).handle};
    }
    [[nodiscard]] Result<> set(Instant deadline) const { return invoke(abi::TimerSet{id(), deadline}); }
    /// Whether it was set.
    [[nodiscard]] Result<bool> cancel() const { return TRY(invoke(abi::TimerCancel{id()})).was_set != 0; }
};

} // namespace pith::os
