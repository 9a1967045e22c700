#include "block_samples.h"

#include <gtest/gtest.h>

namespace pith::proto::block {
namespace {

using samples::Disk;

Result<std::vector<PartitionEntry>> read_from(const Disk& disk) {
    return read_partition_table(
        disk.sector_size, disk.sectors(),
        [&](u64 sector, std::span<std::byte> bytes) { return disk.read(sector, bytes); });
}

TEST(PartitionTable, ReadsAGpt) {
    for (const u64 sector_size : {u64{512}, u64{4096}}) {
        const auto table = read_from(samples::gpt_disk(sector_size));
        ASSERT_TRUE(table) << describe(table.error());
        ASSERT_EQ(table->size(), 2u);
        EXPECT_EQ((*table)[0].number, 1);
        EXPECT_EQ((*table)[0].first, 64u);
        EXPECT_EQ((*table)[0].count, 100u);
        EXPECT_EQ((*table)[0].name.view(), "home\xc3\xa9");
        EXPECT_EQ((*table)[0].identity[0], 7u);
        EXPECT_EQ((*table)[1].number, 4) << "gaps keep their numbers";
    }
}

TEST(PartitionTable, UsesTheBackup) {
    Disk disk = samples::gpt_disk(512);
    disk.bytes[512 + 40] ^= std::byte{1}; // first usable sector: the header's sum is wrong
    EXPECT_TRUE(read_from(disk));
    Disk entries = samples::gpt_disk(512);
    entries.bytes[2 * 512 + 32] ^= std::byte{1};
    ASSERT_TRUE(read_from(entries));
    EXPECT_EQ((*read_from(entries))[0].first, 64u);
    // And where both are wrong, nothing is made up.
    disk.bytes[disk.bytes.size() - 512 + 40] ^= std::byte{1};
    EXPECT_FALSE(read_from(disk));
}

TEST(PartitionTable, RefusesPartitionsThatLieInOneAnotherOrOutside) {
    for (const auto& [first, last] : {std::pair{u64{150}, u64{220}},
                                      {u64{10}, u64{20}},
                                      {u64{300}, u64{4000}},
                                      {u64{220}, u64{210}},
                                      {~u64{0}, u64{5}}}) {
        Disk disk = samples::disk(512);
        samples::put_gpt(disk, {{1, 64, 163, "a"}, {2, first, last, "b"}});
        EXPECT_FALSE(read_from(disk)) << first << " to " << last;
    }
}

TEST(PartitionTable, HeadersSayOnlyWhatCanBe) {
    const Disk disk = samples::gpt_disk(512);
    const auto header_with = [&](u64 at, u64 value, u64 size) {
        Disk changed = disk;
        std::memcpy(changed.bytes.data() + 512 + at, &value, size);
        samples::sum_header(changed, 1);
        return gpt::parse_header(Bytes{changed.bytes}.subspan(512, 512), 1, changed.sectors());
    };
    EXPECT_TRUE(header_with(0x50, 8, 4));
    EXPECT_FALSE(header_with(0x0c, 20, 4)) << "its own size";
    EXPECT_FALSE(header_with(0x0c, 4096, 4));
    EXPECT_FALSE(header_with(0x18, 2, 8)) << "where it lies";
    EXPECT_FALSE(header_with(0x30, disk.sectors(), 8)) << "last usable sector";
    EXPECT_FALSE(header_with(0x48, disk.sectors() - 1, 8)) << "where the entries lie";
    EXPECT_FALSE(header_with(0x50, 0, 4)) << "no entries";
    EXPECT_FALSE(header_with(0x50, 0xffff'ffff, 4)) << "too many";
    EXPECT_FALSE(header_with(0x54, 64, 4)) << "entries too small";
    EXPECT_FALSE(header_with(0x54, 0xffff'fff8, 4));
}

TEST(PartitionTable, ReadsAnMbrWithLogicalPartitions) {
    const auto table = read_from(samples::mbr_disk());
    ASSERT_TRUE(table) << describe(table.error());
    ASSERT_EQ(table->size(), 3u);
    EXPECT_EQ((*table)[0].number, 1);
    EXPECT_EQ((*table)[0].type[0], 0x83u);
    EXPECT_EQ((*table)[1].number, 5);
    EXPECT_EQ((*table)[1].first, 310u);
    EXPECT_EQ((*table)[2].number, 6);
    EXPECT_EQ((*table)[2].first, 410u);
}

TEST(PartitionTable, LogicalPartitionsDoNotLeadInCircles) {
    Disk disk = samples::mbr_disk();
    samples::put_slot(disk, 400, 1, 0x05, 0, 100); // back to the first
    EXPECT_FALSE(read_from(disk));
    samples::put_slot(disk, 400, 1, 0x05, 100, 100); // to itself
    EXPECT_FALSE(read_from(disk));
}

TEST(PartitionTable, IsEmptyWhereThereIsNone) {
    Disk disk = samples::disk(512);
    EXPECT_TRUE(read_from(disk)->empty());
    samples::put_slot(disk, 0, 0, 0x83, 10, 10);
    EXPECT_EQ(read_from(disk)->size(), 1u);
    disk.bytes[446] = std::byte{0x33}; // a file system's boot sector
    EXPECT_TRUE(read_from(disk)->empty());
}

} // namespace
} // namespace pith::proto::block
