#pragma once

#include "servers/ext4/format.h"

#include <string_view>

namespace pith::ext4 {

/// What a file system uses that this system does not know.
struct Unknown {
    u32 feature = 0; ///< one bit; 0: nothing
    std::string_view name{};
};

/// Of what must be known to read it at all.
[[nodiscard]] Unknown unknown_to_read(const Superblock& super);
/// Of what must be known to change it.
[[nodiscard]] Unknown unknown_to_write(const Superblock& super);

} // namespace pith::ext4
