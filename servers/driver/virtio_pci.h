#pragma once

#include "base/bytes.h"

namespace pith::os::driver {

/// Where a virtio device's groups of registers lie (VIRTIO 1.2, 4.1.4), as its configuration space says.
struct VirtioPlaces {
    struct Place {
        u8 window = 0xff; ///< base address register; 0xff: there is none
        u32 offset = 0;
        u32 length = 0;
        [[nodiscard]] bool exists() const { return window < 6; }
    };
    Place common, notifications, interrupts, device;
    u32 notification_step = 0; ///< bytes from one queue's notification register to the next

    /// `configuration` is foreign; `unsupported` where it is no modern virtio device.
    [[nodiscard]] static Result<VirtioPlaces> parse(Bytes configuration);
};

} // namespace pith::os::driver
