#pragma once

#include "edu.h"
#include "tests/system/checks/test.h"

namespace pith::devices {

/// Instructions from a device's write to the thread that waits for its interrupt, as a line
/// "row interrupt-to-driver MIN MEDIAN MAX": the time-stamp counter counts them where the machine runs by
/// them.
[[nodiscard]] Result<> measure_interrupt(const Test& test, const os::System& system, Edu& edu);

} // namespace pith::devices
