#pragma once

#include "os/system.h"
#include "proto/terminal.h"

namespace pith::proto {

/// The grant "system". Without it, the person at the terminal is told.
[[nodiscard]] inline Result<os::System> take_system(os::Start& start, const Terminal& terminal) {
    auto system = start.take<os::System>("system");
    if (!system) terminal.print("{}: {}\n", start.name(), Error::denied);
    return system;
}

} // namespace pith::proto
