#pragma once

#include "base/types.h"

namespace pith::kernel {

/// What a device writes, and where, to raise an interrupt.
struct MessageRoute {
    u64 address;
    u64 data;
};

} // namespace pith::kernel
