#pragma once

#include "base/text.h"

#include <array>

namespace pith::proto {

/// The number of bytes or, for people: `812`, `1.5K`, `23M`; rounded up, as what takes less than it says is
/// no surprise.
[[nodiscard]] inline Text<20> size_text(u64 bytes, bool for_people) {
    constexpr std::array units{'K', 'M', 'G', 'T', 'P', 'E'};
    if (!for_people || bytes < 1024) return Text<20>{}.format("{}", bytes);
    u64 unit = 0;
    for (; unit + 1 < units.size() && bytes > 999 * u64{1024}; ++unit)
        bytes = bytes / 1024 + (bytes % 1024 != 0 ? 1 : 0);
    const u64 tenths = bytes / 1024 * 10 + (bytes % 1024 * 10 + 1023) / 1024;
    if (tenths < 100) return Text<20>{}.format("{}.{}{}", tenths / 10, tenths % 10, units[unit]);
    return Text<20>{}.format("{}{}", (tenths + 9) / 10, units[unit]);
}

} // namespace pith::proto
