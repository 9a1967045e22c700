#include "servers/clock/rtc_time.h"

namespace pith::os::clock {

std::optional<u32> RtcTime::number(u8 raw) const {
    if ((format & binary) != 0) return raw;
    const u32 tens = raw >> 4, ones = raw & 0xf;
    if (tens > 9 || ones > 9) return std::nullopt;
    return tens * 10 + ones;
}

std::optional<WallTime> RtcTime::time() const {
    const bool twelve = (format & hours_24) == 0;
    const auto hours = number(twelve ? static_cast<u8>(hour & ~afternoon) : hour);
    const auto minutes = number(minute), seconds = number(second);
    const auto days = number(day), months = number(month), years = number(year);
    if (!hours || !minutes || !seconds || !days || !months || !years || *years > 99) return std::nullopt;
    if (twelve && (*hours < 1 || *hours > 12)) return std::nullopt;
    const u32 of_day = !twelve ? *hours : *hours % 12 + ((hour & afternoon) != 0 ? 12 : 0);
    // Where the century is kept is not sure; what is no century of such a machine is none.
    const auto centuries = number(century);
    const u32 hundreds = centuries && *centuries >= 20 && *centuries < 25 ? *centuries : 20;
    return Calendar{hundreds * 100 + *years, *months, *days, of_day, *minutes, *seconds}.time();
}

} // namespace pith::os::clock
