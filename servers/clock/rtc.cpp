#include "servers/clock/rtc.h"

namespace pith::os::clock {

Result<Rtc> Rtc::open(Start& start) {
    constexpr u16 first_port = 0x70;
    auto ports = TRY(start.take<IoPorts>("ports"));
    TRY(ports.enable(first_port));
    return Rtc{std::move(ports)};
}

bool Rtc::is_still() const {
    constexpr u8 register_a = 10, is_updating = 0x80;
    // An update takes 2 ms at most, a port a microsecond on a real machine.
    constexpr int most_attempts = 20'000;
    for (int attempt = 0; attempt < most_attempts; ++attempt)
        if ((get(register_a) & is_updating) == 0) return true;
    return false;
}

RtcTime Rtc::get_all() const {
    constexpr u8 seconds = 0, minutes = 2, hours = 4, day = 7, month = 8, year = 9, register_b = 11,
                 century = 0x32;
    return {.second = get(seconds),
            .minute = get(minutes),
            .hour = get(hours),
            .day = get(day),
            .month = get(month),
            .year = get(year),
            .century = get(century),
            .format = get(register_b)};
}

std::optional<WallTime> Rtc::read() const {
    // An update can begin between two registers: what is read twice alike is one moment.
    constexpr int most_attempts = 10;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        if (!is_still()) return std::nullopt;
        const RtcTime first = get_all();
        if (is_still() && get_all() == first) return first.time();
    }
    return std::nullopt;
}

} // namespace pith::os::clock
