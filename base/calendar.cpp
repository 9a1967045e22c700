#include "base/calendar.h"

namespace pith {
namespace {

constexpr u64 seconds_a_day = 86'400;
constexpr u64 days_in_400_years = 146'097;
/// From 0000-03-01, where counting is simplest: the day that leap years add is then the last one of a year.
constexpr u64 days_before_1970 = 719'468;

bool is_leap(u32 year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

u32 days_in(u32 month, u32 year) {
    constexpr std::array<u8, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1U : 0U);
}

/// Of a year that begins in March: 31, 30, 31, 30, 31 days again and again.
constexpr u64 days_before_month(u64 months_since_march) { return (153 * months_since_march + 2) / 5; }

u64 days_since_1970(u32 year, u32 month, u32 day) {
    const u64 from_march = month > 2 ? u64{year} : u64{year} - 1;
    const u64 months = month > 2 ? month - 3 : month + 9;
    const u64 leap_days = from_march / 4 - from_march / 100 + from_march / 400;
    return from_march * 365 + leap_days + days_before_month(months) + day - 1 - days_before_1970;
}

} // namespace

Calendar Calendar::of(WallTime time) {
    const u64 seconds = time.seconds();
    const u64 days = seconds / seconds_a_day + days_before_1970;
    const u64 cycle = days / days_in_400_years, of_cycle = days % days_in_400_years;
    // Every fourth, not every hundredth, but every 400th year has a day more.
    const u64 years = (of_cycle - of_cycle / 1460 + of_cycle / 36'524 - of_cycle / 146'096) / 365;
    const u64 of_year = of_cycle - (365 * years + years / 4 - years / 100);
    const u64 months = (5 * of_year + 2) / 153;
    Calendar moment;
    moment.month = static_cast<u32>(months < 10 ? months + 3 : months - 9);
    moment.year = static_cast<u32>(cycle * 400 + years + (moment.month <= 2 ? 1 : 0));
    moment.day = static_cast<u32>(of_year - days_before_month(months) + 1);
    const u64 of_day = seconds % seconds_a_day;
    moment.hour = static_cast<u32>(of_day / 3600);
    moment.minute = static_cast<u32>(of_day / 60 % 60);
    moment.second = static_cast<u32>(of_day % 60);
    return moment;
}

std::optional<WallTime> Calendar::time() const {
    const bool has_day = year >= 1970 && year <= last_year && month >= 1 && month <= 12 && day >= 1 &&
                         day <= days_in(month, year);
    if (!has_day || hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const u64 of_day = u64{hour} * 3600 + u64{minute} * 60 + second;
    return WallTime::from_seconds(days_since_1970(year, month, day) * seconds_a_day + of_day);
}

u32 Calendar::weekday() const {
    constexpr u64 thursday = 4; // the first of January 1970
    return static_cast<u32>((days_since_1970(year, month, day) + thursday) % 7);
}

Text<20> describe(WallTime time) {
    if (!time.is_known()) return Text<20>{"-"};
    const Calendar moment = Calendar::of(time);
    return Text<20>{}.format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", moment.year, moment.month, moment.day,
                             moment.hour, moment.minute, moment.second);
}

} // namespace pith
