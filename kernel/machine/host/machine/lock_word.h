#pragma once

#include "base/types.h"

#include <atomic>

namespace pith::kernel {

/// Clears the lowest byte of a word that others change at the same time; what was written before is seen by
/// who sees that.
inline void clear_low_byte(std::atomic<u32>& word) { word.fetch_and(~u32{0xff}, std::memory_order_release); }

} // namespace pith::kernel
