#include "loader/date_time.h"

#include <gtest/gtest.h>

namespace pith::loader {
namespace {

TEST(DateTime, ShiftsOverTheEndsOfDaysMonthsAndYears) {
    EXPECT_EQ((DateTime{2026, 12, 31, 23, 30}.shifted(45)), (DateTime{2027, 1, 1, 0, 15}));
    EXPECT_EQ((DateTime{2027, 1, 1, 0, 15}.shifted(-45)), (DateTime{2026, 12, 31, 23, 30}));
    EXPECT_EQ((DateTime{2024, 2, 28, 23, 59}.shifted(1)), (DateTime{2024, 2, 29, 0, 0}));
    EXPECT_EQ((DateTime{2100, 2, 28, 23, 59}.shifted(1)), (DateTime{2100, 3, 1, 0, 0}));
    EXPECT_EQ((DateTime{2000, 3, 1, 0, 0}.shifted(-1440)), (DateTime{2000, 2, 29, 0, 0}));
    EXPECT_EQ((DateTime{2026, 6, 15, 12, 0, 7, 9}.shifted(0)), (DateTime{2026, 6, 15, 12, 0, 7, 9}));
    EXPECT_EQ((DateTime{2026, 6, 31, 12, 0}.shifted(1)), (DateTime{2026, 6, 31, 12, 0})) << "no such day";
    EXPECT_EQ((DateTime{1970, 1, 1, 0, 1}.shifted(-2)), (DateTime{1970, 1, 1, 0, 1}));
}

TEST(DateTime, IsWrittenInBcd) {
    EXPECT_EQ((DateTime{2026, 11, 22, 16, 59, 8, 37}.to_bcd()),
              (std::array<u8, 8>{0x20, 0x26, 0x11, 0x22, 0x16, 0x59, 0x08, 0x37}));
}

} // namespace
} // namespace pith::loader
