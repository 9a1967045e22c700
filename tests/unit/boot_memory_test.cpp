#include "kernel/machine/x86_64/device_ranges.h"
#include "kernel/machine/x86_64/tables/range_set.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pith::kernel {
namespace {

constexpr u64 page = page_size;

TEST(RangeSet, KeepsWholePagesOnly) {
    RangeSet set;
    set.add({0x15000}, 0x8ac00); // as a BIOS says it: not to the end of a page
    ASSERT_EQ(set.ranges().size(), 1u);
    EXPECT_EQ(set.ranges()[0].first, 0x15000u);
    EXPECT_EQ(set.ranges()[0].end, 0x9f000u);
    set.add({0xa0001}, page);
    EXPECT_EQ(set.ranges().size(), 1u);
    set.add({0x200000}, 0);
    EXPECT_EQ(set.ranges().size(), 1u);
}

TEST(RangeSet, NeighboursAndOverlapsBecomeOne) {
    RangeSet set;
    set.add({4 * page}, page);
    set.add({2 * page}, page);
    set.add({3 * page}, page);
    set.add({page}, 6 * page);
    ASSERT_EQ(set.ranges().size(), 1u);
    EXPECT_EQ(set.total().raw, 6u);
}

TEST(RangeSet, RemovingTakesEveryPageThatIsTouched) {
    RangeSet set;
    set.add({0}, 10 * page);
    set.remove({3 * page + 1}, page); // touches two
    ASSERT_EQ(set.ranges().size(), 2u);
    EXPECT_EQ(set.ranges()[0].end, 3 * page);
    EXPECT_EQ(set.ranges()[1].first, 5 * page);
    set.remove({0}, 0);
    EXPECT_EQ(set.total().raw, 8u);
}

TEST(RangeSet, HostileNumbers) {
    RangeSet set;
    set.add({~u64{0} - 100}, 1000);
    set.add({RangeSet::limit - page}, ~u64{0});
    EXPECT_EQ(set.total().raw, 1u);
    set.add({0}, 4 * page);
    set.remove({2 * page}, ~u64{0} - 15);
    EXPECT_EQ(set.total().raw, 2u);
    set.remove({~u64{0}}, ~u64{0});
    EXPECT_EQ(set.total().raw, 2u);
}

TEST(RangeSet, MoreThanFitAreLeftOut) {
    RangeSet set;
    for (u64 n = 0; n < 2 * RangeSet::capacity; ++n)
        set.add({2 * n * page}, page);
    EXPECT_EQ(set.ranges().size(), RangeSet::capacity);
    set.remove({0}, 3 * page); // and splitting a full set loses memory rather than invents it
    EXPECT_LE(set.total().raw, RangeSet::capacity);
}

TEST(RangeSet, LikeASetOfPages) {
    std::mt19937 random{7};
    for (int round = 0; round < 200; ++round) {
        RangeSet set;
        std::vector<bool> model(128);
        for (int step = 0; step < 30; ++step) {
            const u64 base = random() % (120 * page), size = random() % (8 * page);
            if (random() % 2 == 0) {
                set.add({base}, size);
                for (u64 n = align_up(base, page) / page; (n + 1) * page <= base + size; ++n)
                    model[n] = true;
            } else {
                set.remove({base}, size);
                for (u64 n = base / page; size > 0 && n * page < base + size; ++n)
                    model[n] = false;
            }
            std::vector<bool> pages(128);
            u64 last = 0;
            for (const auto& range : set.ranges()) {
                EXPECT_LT(range.first, range.end);
                if (last != 0) EXPECT_GT(range.first, last);
                last = range.end;
                for (u64 n = range.first / page; n < range.end / page; ++n)
                    pages[n] = true;
            }
            ASSERT_EQ(pages, model);
        }
    }
}

TEST(DeviceRanges, MemoryIsNoDevice) {
    DeviceRanges devices{{0x1ffdf000}, {0}, 40};
    devices.reserve({0xfee00000});
    devices.reserve({0xfec00010});
    const auto is = [&](u64 base, u64 count) { return devices.is_device_memory({base}, pages(count)); };
    EXPECT_FALSE(is(0, 1));
    EXPECT_FALSE(is(0x100000, 1));
    EXPECT_FALSE(is(0x1ffdf000, 1)) << "behind the last named byte the firmware may keep more";
    EXPECT_TRUE(is(0x20000000, 1));
    EXPECT_TRUE(is(0xfd000000, 4096));
    EXPECT_TRUE(is(0xb8000, 1));
    EXPECT_FALSE(is(0xbf000, 2));
    EXPECT_FALSE(is(0xfee00000, 1));
    EXPECT_FALSE(is(0xfebff000, 2)) << "reaches into the interrupt controller";
    EXPECT_TRUE(is(0xfec01000, 1));
    EXPECT_TRUE(is(0x800000000, 16));
    EXPECT_FALSE(is(u64{1} << 40, 1)) << "beyond what the processor can address";
}

TEST(DeviceRanges, HostileNumbers) {
    const DeviceRanges devices{{0x20000000}, {0x180000000}, 40};
    const auto is = [&](u64 base, u64 count) { return devices.is_device_memory({base}, pages(count)); };
    EXPECT_FALSE(is(0xf0000000, 0));
    EXPECT_FALSE(is(0xf0000001, 1));
    EXPECT_FALSE(is(0xf0000000, ~u64{0} >> page_shift));
    EXPECT_FALSE(is(~u64{0} & ~(page - 1), 1));
    EXPECT_FALSE(is(0xfffff000, 2)) << "from the hole into memory above 4 GiB";
    EXPECT_FALSE(is(0x100000000, 1));
    EXPECT_TRUE(is(0x180000000, 1));
}

} // namespace
} // namespace pith::kernel
