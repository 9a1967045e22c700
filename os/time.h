#pragma once

#include "os/syscall.h"

namespace pith::os {

/// A point in time so far from now: what deadlines are made of.
[[nodiscard]] inline Result<Instant> from_now(Duration time) {
    return TRY(invoke(abi::ClockRead{})).now + time;
}

/// Returns after that time.
[[nodiscard]] inline Result<> sleep(Duration time) {
    const Instant until = TRY(from_now(time));
    return invoke(abi::Sleep{until});
}

} // namespace pith::os
