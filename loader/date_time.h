#pragma once

#include "base/types.h"

#include <array>

namespace pith::loader {

/// A moment of the calendar, not checked.
struct DateTime {
    u32 year = 0;
    u32 month = 1;
    u32 day = 1;
    u32 hour = 0;
    u32 minute = 0;
    u32 second = 0;
    u32 hundredth = 0;

    /// `minutes` later, or earlier. What is no moment that WallTime can tell stays as it is.
    [[nodiscard]] DateTime shifted(i32 minutes) const;
    /// As the information page has it: century, year, month, day, hour, minute, second, hundredths in BCD.
    [[nodiscard]] std::array<u8, 8> to_bcd() const;

    friend bool operator==(const DateTime&, const DateTime&) = default;
};

} // namespace pith::loader
