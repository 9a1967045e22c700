#pragma once

#include "base/strong.h"
#include "base/text.h"

#include <optional>

namespace pith {

/// Nanoseconds since 1970 began, UTC, without leap seconds; 0: nobody knows.
struct WallTime : Strong<struct WallTimeTag> {
    static constexpr u64 second = 1'000'000'000;

    [[nodiscard]] static constexpr WallTime from_seconds(u64 seconds) { return {{seconds * second}}; }
    [[nodiscard]] constexpr bool is_known() const { return raw != 0; }
    [[nodiscard]] constexpr u64 seconds() const { return raw / second; }
};

/// A moment of the Gregorian calendar, UTC.
struct Calendar {
    u32 year = 1970;
    u32 month = 1;
    u32 day = 1;
    u32 hour = 0;
    u32 minute = 0;
    u32 second = 0;

    /// The last year that WallTime can tell all of.
    static constexpr u32 last_year = 2553;

    [[nodiscard]] static Calendar of(WallTime time);
    /// Nothing where there is no such moment, or none that WallTime can tell. 1970's first moment is one that
    /// nobody knows.
    [[nodiscard]] std::optional<WallTime> time() const;
    /// 0: Sunday.
    [[nodiscard]] u32 weekday() const;
    friend bool operator==(const Calendar&, const Calendar&) = default;
};

/// `2026-11-29 11:08:06`; `-` where nobody knows.
[[nodiscard]] Text<20> describe(WallTime time);

} // namespace pith
