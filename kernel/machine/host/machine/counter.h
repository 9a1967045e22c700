#pragma once

#include "base/types.h"

#include <atomic>

namespace pith::kernel {

/// Whether a counter that others change has reached a value.
[[nodiscard]] inline bool has_reached(const std::atomic<u32>& counter, u32 value) {
    return counter.load(std::memory_order_acquire) == value;
}

} // namespace pith::kernel
