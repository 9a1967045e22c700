#include "servers/clock/rtc_time.h"

#include <gtest/gtest.h>

#include <array>

namespace pith::os::clock {
namespace {

std::optional<WallTime> at(u32 year, u32 month, u32 day, u32 hour, u32 minute, u32 second) {
    return Calendar{year, month, day, hour, minute, second}.time();
}

TEST(Rtc, IsReadInEveryFormat) {
    const auto evening = at(2031, 12, 24, 23, 59, 58), noon = at(2031, 12, 24, 12, 0, 0),
               midnight = at(2031, 12, 24, 0, 0, 0);
    constexpr u8 bcd_24 = RtcTime::hours_24, binary_24 = RtcTime::binary | RtcTime::hours_24;
    EXPECT_EQ((RtcTime{0x58, 0x59, 0x23, 0x24, 0x12, 0x31, 0x20, bcd_24}.time()), evening);
    EXPECT_EQ((RtcTime{58, 59, 23, 24, 12, 31, 20, binary_24}.time()), evening);
    EXPECT_EQ((RtcTime{0x58, 0x59, 0x91, 0x24, 0x12, 0x31, 0x20, 0}.time()), evening);
    EXPECT_EQ((RtcTime{58, 59, 0x8b, 24, 12, 31, 20, RtcTime::binary}.time()), evening);
    EXPECT_EQ((RtcTime{0, 0, 0x92, 0x24, 0x12, 0x31, 0x20, 0}.time()), noon);
    EXPECT_EQ((RtcTime{0, 0, 0x12, 0x24, 0x12, 0x31, 0x20, 0}.time()), midnight);
}

TEST(Rtc, LivesWithoutACentury) {
    constexpr u8 bcd_24 = RtcTime::hours_24;
    for (const u8 century : std::array<u8, 4>{0x00, 0x19, 0xff, 0x20})
        EXPECT_EQ((RtcTime{0x01, 0x02, 0x03, 0x04, 0x05, 0x26, century, bcd_24}.time()),
                  at(2026, 5, 4, 3, 2, 1));
    EXPECT_EQ((RtcTime{0x01, 0x02, 0x03, 0x04, 0x05, 0x26, 0x21, bcd_24}.time()), at(2126, 5, 4, 3, 2, 1));
}

TEST(Rtc, TellsWhatIsNoTime) {
    constexpr u8 bcd_24 = RtcTime::hours_24;
    EXPECT_FALSE((RtcTime{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}.time().has_value())); // no clock
    EXPECT_FALSE((RtcTime{0x0a, 0, 0, 1, 1, 0x26, 0x20, bcd_24}.time().has_value()));
    EXPECT_FALSE((RtcTime{0, 0, 0x24, 1, 1, 0x26, 0x20, bcd_24}.time().has_value()));
    EXPECT_FALSE((RtcTime{0, 0, 0x13, 1, 1, 0x26, 0x20, 0}.time().has_value()));
    EXPECT_FALSE((RtcTime{0, 0, 0, 0x30, 2, 0x26, 0x20, bcd_24}.time().has_value()));
}

} // namespace
} // namespace pith::os::clock
