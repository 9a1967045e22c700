// Guarded copies where nobody takes memory away.
#include "os/guarded.h"

#include <algorithm>

namespace pith::os {

Result<> guarded_copy(std::span<std::byte> to, std::span<const std::byte> from) {
    std::ranges::copy(from, to.begin());
    return {};
}

Result<> guarded_fill(std::span<std::byte> to, std::span<const std::byte> from) {
    return guarded_copy(to, from);
}

Result<> guarded_clear(std::span<std::byte> to) {
    std::ranges::fill(to, std::byte{});
    return {};
}

} // namespace pith::os
