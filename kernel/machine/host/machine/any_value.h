#pragma once

#include "base/types.h"

namespace pith::kernel {

/// For an argument that nobody reads.
[[nodiscard]] inline u64 any_value() { return 0; }

} // namespace pith::kernel
