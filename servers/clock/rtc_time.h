#pragma once

#include "base/calendar.h"

namespace pith::os::clock {

/// The registers of a real-time clock that tell the time, and how they are written (Motorola MC146818A,
/// "Time, calendar and alarm locations"). PCs keep UTC there, or their owner's time; this system takes it for
/// UTC.
struct RtcTime {
    static constexpr u8 binary = 4, hours_24 = 2; ///< of `format`, which is register B
    static constexpr u8 afternoon = 0x80;         ///< of `hour`, where there are twelve

    u8 second, minute, hour, day, month, year;
    u8 century; ///< not the chip's own, but where PCs keep it; 0 where they do not
    u8 format;

    /// Nothing where that is no time.
    [[nodiscard]] std::optional<WallTime> time() const;
    friend bool operator==(const RtcTime&, const RtcTime&) = default;

  private:
    /// What a register says; nothing where a digit is none.
    [[nodiscard]] std::optional<u32> number(u8 raw) const;
};

} // namespace pith::os::clock
