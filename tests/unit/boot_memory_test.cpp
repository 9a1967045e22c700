#include "kernel/machine/x86_64/device_ranges.h"
#include "kernel/machine/x86_64/tables/range_set.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(DeviceRanges, TheFirmwaresTablesAreShown) {
    DeviceRanges devices{{0x1ffdf000}, {0}, 40};
    devices.show({0x1ffe0ff0}, 0x20);
    const auto is = [&](u64 base, u64 count) { return devices.is_device_memory({base}, pages(count)); };
    EXPECT_TRUE(is(0x1ffe0000, 1));
    EXPECT_TRUE(is(0x1ffe0000, 2)) << "it lies in two pages";
    EXPECT_FALSE(is(0x1ffdf000, 1));
    EXPECT_FALSE(is(0x1ffdf000, 2));
    EXPECT_FALSE(is(0x1ffe0000, 3));
    EXPECT_FALSE(is(0x1ffe2000, 1));
    devices.show({~u64{0} - 10}, 100); // nowhere
    EXPECT_FALSE(is(0, 1));
}

/// Each page around each end, as a range's first and as its last.
TEST(DeviceRanges, PageByPage) {
    constexpr u64 top = u64{1} << 36;
    DeviceRanges devices{{0x7ffe0000}, {0x17fff0000}, 36};
    struct Range {
        u64 first, end;
    };
    const std::array kept{Range{0xfec00000, 0xfec01000}, Range{0xfed00000, 0xfed01000},
                          Range{0xfed90000, 0xfed91000}, Range{0xfee00000, 0xfef00000}};
    devices.reserve({0xfec00040});
    devices.reserve({0xfed00000});
    devices.reserve({0xfed90000});
    devices.reserve(DeviceRanges::messages, DeviceRanges::messages_size);
    const std::array open{Range{0xa0000, 0xc0000}, Range{0x80000000, u64{1} << 32}, Range{0x180000000, top}};
    const auto is_free = [&](u64 address) {
        const auto in = [&](const Range& r) { return address >= r.first && address < r.end; };
        return std::ranges::any_of(open, in) && std::ranges::none_of(kept, in);
    };
    const auto check = [&](u64 address) {
        if (address >= u64{1} << 52) return;
        const bool here = is_free(address), next = is_free(address + page);
        EXPECT_EQ(devices.is_device_memory({address}, pages(1)), here) << std::hex << address;
        const bool crosses = address < u64{1} << 32 && address + page >= u64{1} << 32;
        EXPECT_EQ(devices.is_device_memory({address}, pages(2)), here && next && !crosses)
            << std::hex << address;
    };
    for (const auto& ranges : {std::span<const Range>{kept}, std::span<const Range>{open}})
        for (const Range& range : ranges)
            for (const u64 edge : {range.first, range.end})
                for (u64 n = 0; n < 8; ++n)
                    check(edge + (n - 4) * page);
    for (u64 address = 0; address < 0x200000; address += page)
        check(address);
    for (u64 address = 0xfe000000; address < 0x100000000; address += page)
        check(address);
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
