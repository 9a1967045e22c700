#pragma once

#include "base/types.h"

namespace pith::kernel {

/// What a register happens to hold: for an argument that nobody reads.
[[nodiscard, gnu::always_inline]] inline u64 any_value() {
    u64 value;
    asm("" : "=r"(value));
    return value;
}

} // namespace pith::kernel
