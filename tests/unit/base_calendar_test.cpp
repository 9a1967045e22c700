#include "base/calendar.h"

#include <gtest/gtest.h>

#include <ctime>

namespace pith {
namespace {

TEST(Calendar, AgreesWithTheHostOnEveryDay) {
    for (u64 day = 0; day < 213'000; ++day) { // up to the year 2553
        const u64 seconds = day * 86'400 + day * 37 % 86'400;
        const auto host_seconds = static_cast<std::time_t>(seconds);
        std::tm host{};
        gmtime_r(&host_seconds, &host);
        const Calendar ours = Calendar::of(WallTime::from_seconds(seconds));
        ASSERT_EQ(ours, (Calendar{static_cast<u32>(host.tm_year) + 1900, static_cast<u32>(host.tm_mon) + 1,
                                  static_cast<u32>(host.tm_mday), static_cast<u32>(host.tm_hour),
                                  static_cast<u32>(host.tm_min), static_cast<u32>(host.tm_sec)}))
            << day;
        ASSERT_EQ(ours.weekday(), static_cast<u32>(host.tm_wday)) << day;
        const auto back = ours.time();
        ASSERT_TRUE(back.has_value()) << day;
        ASSERT_EQ(back->seconds(), seconds) << day;
    }
}

TEST(Calendar, KnowsWhichMomentsThereAre) {
    EXPECT_TRUE((Calendar{2024, 2, 29, 23, 59, 59}.time().has_value()));
    for (const Calendar& none :
         {Calendar{2023, 2, 29}, Calendar{2100, 2, 29}, Calendar{2026, 13, 1}, Calendar{2026, 0, 1},
          Calendar{2026, 4, 31}, Calendar{2026, 4, 0}, Calendar{1969, 12, 31}, Calendar{2554, 1, 1},
          Calendar{2026, 1, 1, 24}, Calendar{2026, 1, 1, 0, 60}, Calendar{2026, 1, 1, 0, 0, 60}})
        EXPECT_FALSE(none.time().has_value()) << none.year << '-' << none.month << '-' << none.day;
}

TEST(Calendar, IsShownAsPeopleWriteIt) {
    EXPECT_EQ(describe(*Calendar{2031, 2, 3, 4, 5, 6}.time()), "2031-02-03 04:05:06");
    EXPECT_EQ(describe(WallTime{}), "-");
}

} // namespace
} // namespace pith
