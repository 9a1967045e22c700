#include "loader/memory_map.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pith::loader {

static bool operator==(const Piece& a, const Piece& b) {
    return a.start == b.start && a.end == b.end && a.use == b.use;
}
static void PrintTo(const Piece& piece, std::ostream* out) {
    *out << std::hex << '[' << piece.start << ", " << piece.end << ") " << static_cast<int>(piece.use);
}

namespace {

constexpr u64 page = page_size;

std::vector<Piece> pieces_of(const MemoryMap& map) { return {map.pieces().begin(), map.pieces().end()}; }

MemoryMap make(const std::vector<Piece>& pieces) {
    auto map = MemoryMap::from_firmware(pieces);
    EXPECT_TRUE(map.has_value());
    return map.value_or(MemoryMap{});
}

std::vector<bootboot::MapEntry> told(const MemoryMap& map, std::size_t room = bootboot::max_map_entries) {
    std::vector<bootboot::MapEntry> entries(room);
    entries.resize(map.write_to(entries));
    return entries;
}

TEST(MemoryMap, SortsAndAlignsAndMerges) {
    const auto map = make({{0x100000, 0x200000, Use::free},
                           {0xf0000, 0x100000, Use::used},
                           {0, 0x9fc00, Use::free},
                           {0x9fc00, 0xa0000, Use::used},
                           {0x200000, 0x300800, Use::free}});
    const std::vector<Piece> expected{{0, 0x1000, Use::used},
                                      {0x1000, 0x9f000, Use::free},
                                      {0x9f000, 0xa0000, Use::used},
                                      {0xf0000, 0x100000, Use::used},
                                      {0x100000, 0x300000, Use::free}};
    EXPECT_EQ(pieces_of(map), expected);
}

TEST(MemoryMap, WhatIsUsedWinsOverWhatIsFree) {
    const auto map =
        make({{4 * page, 5 * page, Use::used}, {page, 8 * page, Use::free}, {5 * page, 6 * page, Use::acpi}});
    const std::vector<Piece> expected{{0, page, Use::used},
                                      {page, 4 * page, Use::free},
                                      {4 * page, 5 * page, Use::used},
                                      {5 * page, 6 * page, Use::acpi},
                                      {6 * page, 8 * page, Use::free}};
    EXPECT_EQ(pieces_of(map), expected);
}

TEST(MemoryMap, DropsEmptyAndImpossiblePieces) {
    const auto map = make({{page, page, Use::free},
                           {2 * page, page, Use::free},
                           {0x1001, 0x1fff, Use::free},
                           {MemoryMap::limit, ~u64{0}, Use::free},
                           {~u64{0} - 10, ~u64{0}, Use::used}});
    EXPECT_EQ(pieces_of(map), (std::vector<Piece>{{0, page, Use::used}}));
}

TEST(MemoryMap, CutsAtTheLimitOfAddresses) {
    const auto map = make({{MemoryMap::limit - page, ~u64{0}, Use::mmio}});
    EXPECT_EQ(pieces_of(map).back(), (Piece{MemoryMap::limit - page, MemoryMap::limit, Use::mmio}));
}

TEST(MemoryMap, TakesTheHighestBelowTheBound) {
    auto map = make({{page, 16 * page, Use::free},
                     {32 * page, 64 * page, Use::free},
                     {70 * page, 80 * page, Use::later}});
    EXPECT_EQ(map.take(pages(2), ~u64{0})->raw, 62 * page);
    EXPECT_EQ(map.take(pages(2), 40 * page)->raw, 38 * page);
    EXPECT_EQ(map.take(pages(30), ~u64{0}).has_value(), false);
    EXPECT_EQ(map.take(pages(15), ~u64{0})->raw, 40 * page + 7 * page);
    EXPECT_EQ(map.take(pages(15), 20 * page)->raw, page);
    EXPECT_EQ(map.take(pages(0), ~u64{0}).has_value(), false);
    EXPECT_EQ(map.take(pages(~u64{0} >> 12), ~u64{0}).has_value(), false);
}

TEST(MemoryMap, TellsNobodyWhatIsTaken) {
    auto map = make({{page, 16 * page, Use::free}, {16 * page, 20 * page, Use::later}});
    ASSERT_TRUE(map.paint(4 * page + 5, 5 * page + 5, Use::taken));
    const auto entries = told(map);
    ASSERT_EQ(entries.size(), 3u);
    EXPECT_EQ(entries[0].kind(), bootboot::MemoryKind::used);
    EXPECT_EQ(entries[1].base.raw, page);
    EXPECT_EQ(entries[1].size(), 3 * page);
    EXPECT_EQ(entries[2].base.raw, 6 * page);
    EXPECT_EQ(entries[2].size(), 14 * page) << "later is free, and one piece with it";
}

TEST(MemoryMap, LeavesOutTheLeastValuable) {
    auto map = make(
        {{page, 10 * page, Use::free}, {11 * page, 12 * page, Use::free}, {12 * page, 13 * page, Use::acpi}});
    const auto entries = told(map, 2);
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].base.raw, page);
    EXPECT_EQ(entries[1].kind(), bootboot::MemoryKind::acpi);
}

TEST(MemoryMap, SaysWhenItIsFull) {
    std::vector<Piece> pieces;
    for (u64 i = 1; i <= MemoryMap::capacity; ++i)
        pieces.push_back({2 * i * page, (2 * i + 1) * page, Use::free});
    EXPECT_FALSE(MemoryMap::from_firmware(pieces).has_value());
}

/// Against a plain array of pages.
TEST(MemoryMap, AgreesWithASimpleModel) {
    std::mt19937 random{1};
    for (int round = 0; round < 300; ++round) {
        MemoryMap map;
        std::vector<int> model(64, -1);
        for (int step = 0; step < 30; ++step) {
            const u64 start = random() % 64, end = start + random() % (65 - start);
            const auto use = static_cast<Use>(random() % 6);
            ASSERT_TRUE(map.paint(start * page, end * page, use));
            for (u64 i = start; i < end; ++i)
                model[i] = static_cast<int>(use);
            std::vector<int> seen(64, -1);
            u64 last_end = 0;
            int last_use = -1;
            for (const Piece& piece : map.pieces()) {
                ASSERT_LT(piece.start, piece.end);
                ASSERT_GE(piece.start, last_end);
                ASSERT_FALSE(piece.start == last_end && static_cast<int>(piece.use) == last_use)
                    << "not merged";
                for (u64 i = piece.start / page; i < piece.end / page; ++i)
                    seen[i] = static_cast<int>(piece.use);
                last_end = piece.end;
                last_use = static_cast<int>(piece.use);
            }
            ASSERT_EQ(seen, model);
        }
    }
}

} // namespace
} // namespace pith::loader
