#pragma once

#include "base/result.h"

namespace pith::os::console {

/// What libvterm, compiled for Linux, expects of a thread: call it first.
[[nodiscard]] Result<> prepare_library();

} // namespace pith::os::console
