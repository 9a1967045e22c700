#pragma once

#include "base/bytes.h"

namespace pith::os::ahci {

/// What a disk says of itself (ATA8-ACS, 7.16: IDENTIFY DEVICE).
struct DiskIdentity {
    u64 sector_size = 512;
    u64 sector_count = 0;
    bool has_write_cache = false;
    bool forces = false; ///< it knows WRITE DMA FUA EXT

    /// `words`: 512 bytes, foreign. `unsupported`: without 48-bit addresses, or with other sectors.
    [[nodiscard]] static Result<DiskIdentity> parse(Bytes words);
};

} // namespace pith::os::ahci
