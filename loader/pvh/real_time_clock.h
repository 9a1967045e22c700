#pragma once

#include "base/types.h"

#include <array>

namespace pith::loader::pvh {

/// The date and time that the battery-backed clock shows, in BCD: century, year, month, day, hour, minute,
/// second, hundredths. All zero if it does not answer.
[[nodiscard]] std::array<u8, 8> read_real_time_clock();

} // namespace pith::loader::pvh
