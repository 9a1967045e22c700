#pragma once

#include "base/types.h"

namespace pith::kernel {

/// One access of a device that was refused.
struct DmaFault {
    u16 device = 0;
    bool write = false;
    u8 reason = 0; ///< the machine's number for it
    u64 address = 0;
};

} // namespace pith::kernel
