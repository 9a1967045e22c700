#pragma once

#include "base/types.h"

#include <atomic>

namespace pith::kernel {

/// Clears the lowest byte of a word that others change at the same time; what was written before is seen by
/// who sees that. A store of one byte needs no lock (SDM vol. 3, 9.1.1), and stores are seen in their order
/// (9.2.2).
[[gnu::always_inline]] inline void clear_low_byte(std::atomic<u32>& word) {
    asm volatile("movb $0, %0" : "+m"(word)::"memory");
}

} // namespace pith::kernel
