#include "loader/date_time.h"

namespace pith::loader {

namespace {

constexpr i32 minutes_a_day = 24 * 60;

u32 days_in(u32 month, u32 year) {
    constexpr std::array<u8, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[(month - 1) % 12] + (month == 2 && leap ? 1u : 0u);
}

void next_day(DateTime& time) {
    if (time.day++ < days_in(time.month, time.year)) return;
    time.day = 1;
    if (time.month++ < 12) return;
    time.month = 1;
    ++time.year;
}

void previous_day(DateTime& time) {
    if (--time.day > 0) return;
    if (--time.month == 0) {
        time.month = 12;
        --time.year;
    }
    time.day = days_in(time.month, time.year);
}

u8 bcd(u32 value) { return static_cast<u8>((value / 10 % 10) << 4 | value % 10); }

} // namespace

DateTime DateTime::shifted(i32 minutes) const {
    DateTime time = *this;
    i32 of_day = static_cast<i32>(hour * 60 + minute) + minutes;
    for (; of_day >= minutes_a_day; of_day -= minutes_a_day)
        next_day(time);
    for (; of_day < 0; of_day += minutes_a_day)
        previous_day(time);
    time.hour = static_cast<u32>(of_day) / 60;
    time.minute = static_cast<u32>(of_day) % 60;
    return time;
}

std::array<u8, 8> DateTime::to_bcd() const {
    return {bcd(year / 100), bcd(year),   bcd(month),  bcd(day),
            bcd(hour),       bcd(minute), bcd(second), bcd(hundredth)};
}

} // namespace pith::loader
