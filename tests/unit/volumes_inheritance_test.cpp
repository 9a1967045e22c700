#include "servers/volumes/record.h"
#include "servers/volumes/taken_away.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace pith::os::volumes {
namespace {

namespace table = proto::mount_table;

TEST(VolumeRecord, SaysWhatWasWritten) {
    for (u64 number = 0; number < Record::most_volumes; ++number)
        for (const std::string_view type : {table::any_type, table::ext4_type, table::fat32_type})
            for (const bool read_only : {false, true}) {
                const auto record = Record::from(Record{number, type, read_only}.word());
                ASSERT_TRUE(record);
                EXPECT_EQ(record->number, number);
                EXPECT_EQ(record->type, type);
                EXPECT_EQ(record->read_only, read_only);
            }
}

TEST(VolumeRecord, BelievesNoOtherWord) {
    EXPECT_FALSE(Record::from(Record::most_volumes)) << "there is no such volume";
    EXPECT_FALSE(Record::from(0xff));
    EXPECT_FALSE(Record::from(3 << 8)) << "no such type";
    EXPECT_FALSE(Record::from(0xff << 8));
    EXPECT_FALSE(Record::from(2 << 16)) << "neither read-only nor not";
    EXPECT_FALSE(Record::from(u64{1} << 63));
    EXPECT_FALSE(Record::from(~u64{0}));
    std::mt19937_64 random{7};
    for (int i = 0; i < 100'000; ++i) {
        const u64 word = random() >> random() % 64;
        const auto record = Record::from(word);
        if (record) ASSERT_EQ(record->word(), word) << "each word means one thing, or nothing";
    }
}

TEST(PathsTakenAway, AreRemembered) {
    std::array<u64, 4> words{};
    TakenAway paths{words};
    EXPECT_FALSE(paths.contains("/mnt"));
    EXPECT_TRUE(paths.add("/mnt"));
    EXPECT_TRUE(paths.add("/mnt/a"));
    EXPECT_TRUE(TakenAway{words}.contains("/mnt")) << "a successor finds them";
    EXPECT_FALSE(paths.contains("/mnt/")) << "the same text, and no other";
    EXPECT_FALSE(paths.contains("/"));
    paths.remove("/mnt");
    EXPECT_FALSE(paths.contains("/mnt"));
    EXPECT_TRUE(paths.contains("/mnt/a"));
    paths.remove("/mnt");
}

TEST(PathsTakenAway, AreLimitedInNumber) {
    std::array<u64, 3> words{};
    TakenAway paths{words};
    for (const char* path : {"/a", "/b", "/c"})
        EXPECT_TRUE(paths.add(path));
    EXPECT_TRUE(paths.add("/b")) << "it is there";
    EXPECT_FALSE(paths.add("/d"));
    EXPECT_FALSE(paths.contains("/d"));
    paths.remove("/a");
    EXPECT_TRUE(paths.add("/d"));
    EXPECT_FALSE(paths.add("/a"));
}

TEST(PathsTakenAway, BelieveNoBytes) {
    std::array<u64, 512> words{};
    std::mt19937_64 random{11};
    for (u64& word : words)
        word = random();
    TakenAway paths{words};
    for (int i = 0; i < 1000; ++i) {
        const std::string path = "/d" + std::to_string(i);
        EXPECT_FALSE(paths.contains(path)) << "what nobody took away";
        EXPECT_FALSE(paths.add(path)) << "and there is no room";
        paths.remove(path);
    }
    words[17] = 0;
    EXPECT_TRUE(paths.add("/mnt"));
    EXPECT_TRUE(paths.contains("/mnt"));
    words[17] ^= u64{1} << 40;
    EXPECT_FALSE(paths.contains("/mnt")) << "a word that is wrong is no path of anybody's";
}

} // namespace
} // namespace pith::os::volumes
