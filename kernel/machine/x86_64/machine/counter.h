#pragma once

#include "base/types.h"

#include <atomic>

namespace pith::kernel {

/// Whether a counter that others change has reached a value: one comparison with memory, which compilers make
/// two instructions of. What others wrote before they changed it is seen behind it (loads are not reordered
/// with loads: SDM vol. 3, 8.2.2).
[[nodiscard, gnu::always_inline]] inline bool has_reached(const std::atomic<u32>& counter, u32 value) {
    bool reached;
    asm volatile("cmpl %2, %1" : "=@cce"(reached) : "m"(counter), "r"(value) : "memory");
    return reached;
}

} // namespace pith::kernel
