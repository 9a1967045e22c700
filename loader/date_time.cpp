#include "loader/date_time.h"

#include "base/calendar.h"

namespace pith::loader {

namespace {

u8 bcd(u32 value) { return static_cast<u8>((value / 10 % 10) << 4 | value % 10); }

} // namespace

DateTime DateTime::shifted(i32 minutes) const {
    const auto time = Calendar{year, month, day, hour, minute, second}.time();
    if (!time) return *this;
    const i64 seconds = static_cast<i64>(time->seconds()) + i64{minutes} * 60;
    if (seconds < 0) return *this;
    const Calendar moment = Calendar::of(WallTime::from_seconds(static_cast<u64>(seconds)));
    return {moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, hundredth};
}

std::array<u8, 8> DateTime::to_bcd() const {
    return {bcd(year / 100), bcd(year),   bcd(month),  bcd(day),
            bcd(hour),       bcd(minute), bcd(second), bcd(hundredth)};
}

} // namespace pith::loader
