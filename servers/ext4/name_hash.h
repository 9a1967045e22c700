#pragma once

#include "base/types.h"

#include <array>
#include <string_view>

namespace pith::ext4 {

/// How a directory's index sorts names. As on the disk; the unsigned ones see characters above 127 as such.
enum class HashVersion : u8 { legacy, half_md4, tea, legacy_unsigned, half_md4_unsigned, tea_unsigned };

struct NameHash {
    u32 major; ///< the index's; even
    u32 minor;
    [[nodiscard]] u64 key() const { return u64{major} << 32 | minor; }
};

[[nodiscard]] NameHash hash_name(std::string_view name, HashVersion version, const std::array<u32, 4>& seed);

} // namespace pith::ext4
