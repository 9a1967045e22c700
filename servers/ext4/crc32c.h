#pragma once

#include "servers/disk_files/bytes.h"

namespace pith::ext4 {

using namespace disk_files;

/// CRC-32C (Castagnoli's polynomial), neither inverted before nor after: what ext4's checksums are made of.
[[nodiscard]] u32 crc32c(u32 seed, ConstBlock bytes);

template <class T>
    requires std::is_trivially_copyable_v<T> && (!std::is_convertible_v<T, ConstBlock>)
[[nodiscard]] u32 crc32c(u32 seed, const T& value) {
    return crc32c(seed, bytes_of(value));
}

/// The same by table, for processors without the instruction; public for tests.
[[nodiscard]] u32 crc32c_by_table(u32 seed, ConstBlock bytes);

} // namespace pith::ext4
