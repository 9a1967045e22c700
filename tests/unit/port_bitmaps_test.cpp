#include "kernel/machine/x86_64/port_bitmaps.h"

#include <gtest/gtest.h>

#include <bitset>
#include <random>

namespace pith::kernel {
namespace {

bool allows(const PortBitmaps& bitmaps, u32 place, u32 port) {
    const auto& bitmap = bitmaps.at(place);
    return (bitmap.bits[port / 8] >> port % 8 & 1) == 0;
}

using Model = std::bitset<PortBitmaps::ports>;

Model model_of(const PortSet& set) {
    Model model;
    for (u32 n = 0; n < set.size; ++n)
        for (u32 i = 0; i < set.ranges[n].count; ++i)
            model.set(set.ranges[n].first + i);
    return model;
}

/// The first port about which they disagree.
u32 first_difference(const PortBitmaps& bitmaps, u32 place, const PortSet& set) {
    const Model model = model_of(set);
    for (u32 port = 0; port < PortBitmaps::ports; ++port)
        if (allows(bitmaps, place, port) != model[port]) return port;
    for (const u8 byte : bitmaps.at(place).end)
        if (byte != 0xff) return PortBitmaps::ports;
    return ~u32{0};
}
#define EXPECT_EXACT(set)                                                                                    \
    do {                                                                                                     \
        const u32 at = bitmaps.select(set);                                                                  \
        ASSERT_LT(at, PortBitmaps::places);                                                                  \
        EXPECT_EQ(first_difference(bitmaps, at, set), ~u32{0});                                              \
    } while (false)

PortSet set_of(std::initializer_list<PortSet::Range> ranges) {
    PortSet set;
    for (const auto range : ranges)
        set.ranges[set.size++] = range;
    set.revision = set.size;
    return set;
}

TEST(PortBitmaps, EdgesOfBytesAndOfTheWhole) {
    PortBitmaps bitmaps;
    EXPECT_EXACT(PortSet{});
    for (u32 first = 0; first < 17; ++first)
        for (u32 count = 1; count < 27; ++count) {
            const PortSet set = set_of({{first, count}, {0x3f8 + first, count}, {0xffff, 1}});
            EXPECT_EXACT(set);
            bitmaps.forget(set);
        }
    EXPECT_EXACT(set_of({{0, 0x10000}}));
    EXPECT_EXACT(set_of({{0xfff9, 7}}));
    EXPECT_EXACT(set_of({}));
}

TEST(PortBitmaps, WhatWasLoadedBeforeLeavesNothing) {
    PortBitmaps bitmaps;
    std::mt19937 random{11};
    std::array<PortSet, 6> sets{};
    for (int turn = 0; turn < 300; ++turn) {
        PortSet& set = sets[random() % sets.size()];
        const u32 action = random() % 4;
        if (action == 0 && set.size < PortSet::capacity) {
            const u32 first = random() % PortBitmaps::ports;
            set.ranges[set.size++] = {first, 1 + static_cast<u32>(random() % std::min(40u, 0x10000 - first))};
            ++set.revision;
        } else if (action == 1 && set.size == PortSet::capacity) {
            bitmaps.forget(set); // its process ended, another one's set lies where it lay
            set = {};
            EXPECT_EQ(bitmaps.forget(set), PortBitmaps::places);
        }
        EXPECT_EXACT(set);
    }
}

TEST(PortBitmaps, ThoseUsedLastStay) {
    PortBitmaps bitmaps;
    const std::array sets{set_of({{0x60, 1}}), set_of({{0x3f8, 8}}), set_of({{0xcf8, 8}})};
    std::array<u32, 3> places{};
    for (std::size_t n = 0; n < sets.size(); ++n)
        places[n] = bitmaps.select(sets[n]);
    for (std::size_t n = 0; n < sets.size(); ++n)
        EXPECT_EQ(bitmaps.select(sets[n]), places[n]);
    EXPECT_EQ(bitmaps.forget(sets[1]), places[1]);
    EXPECT_EQ(first_difference(bitmaps, places[1], PortSet{}), ~u32{0});
}

} // namespace
} // namespace pith::kernel
