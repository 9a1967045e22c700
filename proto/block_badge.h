#pragma once

#include "base/types.h"

namespace pith::proto::block {

/// What a capability to a disk driver's endpoint names. The driver's successor knows all of it by the badge
/// alone, but for the memory that a session shares.
struct Badge {
    u8 unit = 0;      ///< which of the driver's disks
    u8 partition = 0; ///< 0: the whole disk
    u16 sum = 0;      ///< of where the partition lies; 0: not said. Another table's partition is another one
    u32 session = 0;  ///< 0: none

    [[nodiscard]] static constexpr Badge from(u64 raw) {
        return {static_cast<u8>(raw), static_cast<u8>(raw >> 8), static_cast<u16>(raw >> 16),
                static_cast<u32>(raw >> 32)};
    }
    [[nodiscard]] constexpr u64 raw() const {
        return u64{unit} | u64{partition} << 8 | u64{sum} << 16 | u64{session} << 32;
    }
    [[nodiscard]] constexpr Badge with_session(u32 number) const { return {unit, partition, sum, number}; }
};

/// Never 0.
[[nodiscard]] constexpr u16 sum_of_range(u64 first, u64 count) {
    u64 mixed = (first * 0x9e37'79b9'7f4a'7c15 + count) * 0x9e37'79b9'7f4a'7c15;
    return static_cast<u16>(mixed >> 48 | 1);
}

} // namespace pith::proto::block
