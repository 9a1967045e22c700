#pragma once

#include "base/types.h"

#include <array>

namespace pith::attacks {

/// Every register that a program has. hold.S knows the offsets.
struct State {
    std::array<u64, 14> general; ///< all but rsp and rcx, which counts
    u64 flags;
    u32 mxcsr;
    u16 x87_control;
    u16 unused;
    std::array<u64, 8> x87;                    ///< as doubles, st(0) first
    std::array<std::array<u64, 4>, 16> vector; ///< the high halves only where there is AVX
};
static_assert(sizeof(State) == 192 + 512);

} // namespace pith::attacks
