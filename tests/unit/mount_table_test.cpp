#include "proto/mount_table.h"

#include "servers/init/mounted.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pith {
namespace {

using proto::mount_table::parse;

TEST(MountTable, ReadsWhatItSays) {
    const auto table = parse("# comment\n\n"
                             "data /data auto # more\r\n"
                             "\tdisk0p2\t/mnt/a  fat32 ro optional\n"
                             "@efi /firmware ext4 optional");
    EXPECT_TRUE(table.mistakes.empty());
    ASSERT_EQ(table.entries.size(), 3u);
    EXPECT_EQ(table.entries[0].disk, "data");
    EXPECT_EQ(table.entries[0].path, "/data");
    EXPECT_EQ(table.entries[0].line, 3u);
    EXPECT_FALSE(table.entries[0].read_only || table.entries[0].optional);
    EXPECT_EQ(table.entries[1].path, "/mnt/a");
    EXPECT_EQ(table.entries[1].type, "fat32");
    EXPECT_TRUE(table.entries[1].read_only && table.entries[1].optional);
    EXPECT_EQ(table.entries[2].type, "ext4");
    EXPECT_TRUE(table.entries[2].optional && !table.entries[2].read_only);
}

TEST(MountTable, PassesOverWrongLinesAndSaysWhich) {
    for (const char* line :
         {"data", "data /data", "data data auto", "data / auto", "data /a/ auto", "data /a/../b auto",
          "data /a ntfs", "data /a auto noexec", "data /a auto ro,optional", "other /first auto"}) {
        const std::string text = std::string{"one /first auto\n"} + line + "\nthree /third auto\n";
        const auto table = parse(text);
        ASSERT_EQ(table.mistakes.size(), 1u) << line;
        EXPECT_EQ(table.mistakes[0].line, 2u) << line;
        EXPECT_FALSE(table.mistakes[0].what.empty());
        ASSERT_EQ(table.entries.size(), 2u) << line;
        EXPECT_EQ(table.entries[1].path, "/third");
    }
    EXPECT_EQ(parse(std::string(5000, 'x') + " /a auto").mistakes.size(), 1u);
    EXPECT_EQ(parse("a /" + std::string(5000, 'x') + " auto").mistakes.size(), 1u);
}

TEST(MountTable, HasSoManyEntriesAndNoMore) {
    std::string text;
    for (int i = 0; i < 20; ++i)
        text += "data /d" + std::to_string(i) + " auto\n";
    const auto table = parse(text);
    EXPECT_EQ(table.entries.size(), proto::mount_table::most_entries);
    EXPECT_EQ(table.mistakes.size(), 20 - proto::mount_table::most_entries);
}

constexpr std::string_view services =
    "service devices\n program a\n offers\nservice clock\n program a\n offers\n"
    "service home\n program a\n offers\n"
    "service mounts\n program a\n grant /home connect home\n"
    "service volumes\n program a\n";

TEST(MountTable, BecomesAServiceThatOthersMayCall) {
    auto table = os::init::parse_table(services);
    ASSERT_TRUE(table);
    const auto mounts = parse("data /data ext4 ro\nx /home auto\n");
    EXPECT_TRUE(os::init::add_mounted(*table, mounts.entries[0], 0));
    EXPECT_FALSE(os::init::add_mounted(*table, mounts.entries[1], 1)) << "the service table has that one";
    const os::init::Service& added = table->back();
    EXPECT_EQ(added.name, "/data");
    EXPECT_EQ(added.arguments, (std::vector<std::string_view>{"ext4", "ro"}));
    const auto kept = std::ranges::find(added.grants, "kept", &os::init::GrantRule::name);
    ASSERT_NE(kept, added.grants.end());
    EXPECT_EQ(kept->count, 1u) << "a page that its successor finds";
    EXPECT_EQ(added.grants[0].badge, proto::mount_table::badge_of(0)) << "one disk, and no other";
    const auto& shown = std::ranges::find(*table, "mounts", &os::init::Service::name)->grants.back();
    EXPECT_EQ(shown.name, "/data");
    EXPECT_EQ(shown.service, "/data");
    EXPECT_EQ(shown.badge, 0u);
    EXPECT_EQ(std::ranges::find(*table, "volumes", &os::init::Service::name)->grants.back().name, "/data");
}

TEST(MountTable, NeedsTheServicesThatMount) {
    auto table = os::init::parse_table("service devices\n program a\n offers\n");
    ASSERT_TRUE(table);
    EXPECT_FALSE(os::init::add_mounted(*table, parse("data /data auto").entries[0], 0));
    EXPECT_EQ(table->size(), 1u);
}

} // namespace
} // namespace pith
