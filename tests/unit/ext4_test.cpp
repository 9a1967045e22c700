#include "ext4_image.h"
#include "servers/ext4/crc32c.h"
#include "servers/ext4/name_hash.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>

namespace pith::ext4 {
namespace {

using proto::file::Inode;
using proto::file::Kind;
using proto::file::root;

constexpr std::string_view check_text = "123456789";

TEST(Ext4Parts, ChecksumsAreCastagnolis) {
    const auto bytes = std::as_bytes(std::span{check_text});
    EXPECT_EQ(~crc32c(~0U, bytes), 0xe306'9283);
    EXPECT_EQ(~crc32c_by_table(~0U, bytes), 0xe306'9283);
    std::mt19937 random{3};
    std::vector<std::byte> many(5000);
    for (std::byte& byte : many)
        byte = static_cast<std::byte>(random());
    for (const u64 length : {0UL, 1UL, 7UL, 8UL, 9UL, 63UL, 4096UL, 5000UL})
        EXPECT_EQ(crc32c(5, std::span{many}.first(length)),
                  crc32c_by_table(5, std::span{many}.first(length)));
}

TEST(Ext4Parts, NamesAreHashedAsDebugfsDoes) {
    const Image image{"", "8M"};
    constexpr std::array<u32, 4> seed{0x0302'0100, 0x0706'0504, 0x0b0a'0908, 0x0f0e'0d0c};
    constexpr std::pair<std::string_view, HashVersion> versions[] = {
        {"legacy", HashVersion::legacy}, {"half_md4", HashVersion::half_md4}, {"tea", HashVersion::tea}};
    for (const auto& [word, version] : versions)
        for (const std::string& name :
             {std::string{"a"}, std::string{"hello.txt"}, std::string(31, 'x'), std::string(32, 'y'),
              std::string(33, 'z'), std::string(200, 'q'), std::string{"caf\xc3\xa9"}}) {
            const NameHash hash = hash_name(name, version, seed);
            char text[64];
            snprintf(text, sizeof(text), "0x%x (minor 0x%x)", hash.major, hash.minor);
            const std::string said = image.debugfs("dx_hash -h " + std::string{word} +
                                                   " -s 00010203-0405-0607-0809-0a0b0c0d0e0f " + name);
            EXPECT_NE(said.find(text), std::string::npos) << word << " " << said << text;
        }
}

struct Ext4 : testing::TestWithParam<const char*> {
    Image image{GetParam(), "64M"};
};
INSTANTIATE_TEST_SUITE_P(BlockSizes, Ext4,
                         testing::Values("-b 4096", "-b 1024", "-b 2048 -O ^64bit",
                                         "-b 4096 -I 128 -O ^metadata_csum"),
                         [](const auto& about) { return std::to_string(about.index); });

TEST_P(Ext4, HoldsWhatWasWritten) {
    Mounted files{image};
    holds_what_was_written(files, "a", [&](const std::string& name) { return image.debugfs("cat " + name); });
}

TEST_P(Ext4, ReadsWhatOthersWrote) {
    const std::string source = image.path() + ".d";
    ASSERT_EQ(run("mkdir -p " + source + "/sub/deep && echo text > " + source +
                  "/sub/deep/f && ln -s sub/deep " + source + "/l && ln -s " + std::string(100, 'x') + " " +
                  source + "/long && head -c 3000000 /dev/urandom > " + source +
                  "/big && for i in $(seq 1000); do : > " + source + "/sub/name-$i; done")
                  .status,
              0);
    ASSERT_EQ(run("mkfs.ext4 -q -F " + std::string{GetParam()} + " -d " + source + " " + image.path()).status,
              0);
    ASSERT_LE(run("e2fsck -fyD " + image.path()).status, 1); // makes indexes
    Mounted files{image};
    const Inode sub = *files->lookup(root, "sub");
    const Inode deep = *files->lookup(sub, "deep");
    EXPECT_EQ(content(*files.files, *files->lookup(deep, "f")), "text\n");
    EXPECT_EQ(*files->link_target(*files->lookup(root, "l")), "sub/deep");
    EXPECT_EQ(*files->link_target(*files->lookup(root, "long")), std::string(100, 'x'));
    std::ifstream big{source + "/big", std::ios::binary};
    const std::string expected{std::istreambuf_iterator<char>{big}, {}};
    EXPECT_TRUE(content(*files.files, *files->lookup(root, "big")) == expected);
    std::vector<std::string> found = names(*files.files, sub);
    EXPECT_EQ(found.size(), 1001);
    EXPECT_EQ(std::set(found.begin(), found.end()).size(), 1001);
    for (int i = 1; i <= 1000; ++i)
        ASSERT_TRUE(files->lookup(sub, "name-" + std::to_string(i))) << i;
    EXPECT_EQ(error_of(files->lookup(sub, "name-1001")), Error::not_found);
    for (int i = 1; i <= 1000; i += 2)
        ASSERT_TRUE(files->remove(sub, "name-" + std::to_string(i), Kind::file));
    for (int i = 1; i <= 1500; ++i)
        make(*files.files, sub, "other-" + std::to_string(i));
    files.unmount();
    run("rm -r " + source);
}

/// A disk with memory to spare.
struct LendingDisk : disk_files::ImageDisk {
    using ImageDisk::ImageDisk;
    std::span<std::byte> borrow() override {
        if (lent.size() == 3) return {};
        return *lent.emplace_back(std::make_unique<std::vector<std::byte>>(1 << 20));
    }
    void give_back(std::span<std::byte> memory) override {
        std::ranges::fill(memory, std::byte{0xdd}); // somebody else's from now on
        std::erase_if(lent, [&](const auto& part) { return part->data() == memory.data(); });
    }
    std::vector<std::unique_ptr<std::vector<std::byte>>> lent;
};

TEST_P(Ext4, UsesMemoryToSpareAndGivesItBack) {
    LendingDisk disk{image.path(), u64{2} << 20};
    MountReport report;
    auto mounted = mount_on(disk, report);
    ASSERT_TRUE(mounted);
    FileSystem& files = **mounted;
    std::string text(3 << 20, '?');
    std::mt19937 random{5};
    std::ranges::generate(text, [&] { return static_cast<char>(random()); });
    const Inode file = make(files, root, "a");
    write(files, file, 0, text);
    EXPECT_TRUE(content(files, file) == text);
    EXPECT_FALSE(disk.lent.empty());
    disk.reads_left = 0; // all of it lies in memory, which the disk's own is too small for
    EXPECT_TRUE(content(files, file) == text);
    disk.reads_left = ~u64{0};
    text.replace(1'000'000, 7, "changed");
    write(files, file, 1'000'000, "changed");
    ASSERT_TRUE(files.sync());
    EXPECT_TRUE(files.give_way());
    EXPECT_TRUE(disk.lent.empty());
    EXPECT_TRUE(content(files, file) == text);
    EXPECT_FALSE(disk.lent.empty()); // there is some to spare again
    ASSERT_TRUE(files.sync());
    mounted->reset();
    EXPECT_TRUE(disk.lent.empty());
    image.check();
}

/// Of what debugfs shows: `mtime: 0x…:…` is what lies on the disk.
bool shows_time(const std::string& shown, const std::string& what, u32 low, u32 extra) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s: 0x%08x:%08x", what.c_str(), low, extra);
    return shown.contains(text.data());
}

TEST_P(Ext4, KnowsWhenWhatHappened) {
    const bool has_extra = !std::string_view{GetParam()}.contains("-I 128");
    // Beyond what 32 bits count, and with nanoseconds, where there is room for them.
    const auto at = [&](u64 seconds) {
        return has_extra ? WallTime{{(0x1'0000'0005 + seconds) * WallTime::second + 123'456'789U}}
                         : WallTime::from_seconds(5 + seconds);
    };
    Mounted files{image};
    files->set_time(at(0));
    const Inode file = make(*files.files, root, "a");
    files->set_time(at(10));
    write(*files.files, file, 0, "hello");
    files->set_time(at(20));
    EXPECT_EQ(content(*files.files, file), "hello");
    EXPECT_EQ(files->info(file)->accessed, at(20)) << "read for the first time since it was written";
    files->set_time(at(30));
    EXPECT_EQ(content(*files.files, file), "hello");
    ASSERT_TRUE(files->rename(root, "a", root, "b"));
    const auto about = *files->info(file);
    EXPECT_EQ(about.accessed, at(20)) << "not again before a day has passed";
    EXPECT_EQ(about.modified, at(10));
    EXPECT_EQ(about.changed, at(30));
    if (has_extra) EXPECT_EQ(about.made, at(0));
    EXPECT_EQ(files->info(root)->modified, at(30));
    files->set_time(at(20 + 86'400));
    EXPECT_EQ(content(*files.files, file), "hello");
    EXPECT_EQ(files->info(file)->accessed, at(20 + 86'400));
    const Inode other = make(*files.files, root, "set");
    ASSERT_TRUE(files->set_times(other, at(7), WallTime{}));
    EXPECT_EQ(files->info(other)->modified, at(7));
    EXPECT_EQ(files->info(other)->accessed, at(20 + 86'400));
    files.unmount();
    const std::string shown = image.debugfs("stat /b");
    if (has_extra) {
        EXPECT_TRUE(shows_time(shown, "mtime", 15, 123'456'789U << 2 | 1)) << shown;
        EXPECT_TRUE(shows_time(shown, "ctime", 35, 123'456'789U << 2 | 1)) << shown;
        EXPECT_TRUE(shows_time(shown, "crtime", 5, 123'456'789U << 2 | 1)) << shown;
    } else {
        EXPECT_TRUE(shown.contains("mtime: 0x0000000f ")) << shown;
    }
}

TEST_P(Ext4, AFileWithoutANameLivesAsLongAsItIsOpen) {
    Mounted files{image};
    const u64 before = files->space().free;
    const Inode file = make(*files.files, root, "a");
    files->opened(file);
    ASSERT_TRUE(files->remove(root, "a", Kind::file));
    write(*files.files, file, 0, "still here");
    EXPECT_EQ(content(*files.files, file), "still here");
    const u32 generation = *files->generation(file);
    ASSERT_TRUE(files->sync());
    files->closed(file);
    EXPECT_EQ(error_of(files->info(file)), Error::not_found);
    EXPECT_EQ(files->space().free, before);
    const Inode next = make(*files.files, root, "b");
    EXPECT_TRUE(next != file || *files->generation(next) != generation);
    files.unmount();
}

TEST_P(Ext4, OrphansAreFreedAtTheNextMount) {
    Mounted files{image};
    const u64 before = files->space().free;
    for (const char* name : {"a", "b", "c"}) {
        const Inode file = make(*files.files, root, name);
        write(*files.files, file, 0, std::string(100'000, 'x'));
        files->opened(file);
        ASSERT_TRUE(files->remove(root, name, Kind::file));
    }
    ASSERT_TRUE(files->sync());
    files.mount();
    EXPECT_EQ(files.report.orphans, 3);
    EXPECT_EQ(files->space().free, before);
    files.unmount();
}

TEST_P(Ext4, RenameReplacesAndMovesDirectories) {
    Mounted files{image};
    const Inode a = make(*files.files, root, "a");
    make(*files.files, root, "b");
    ASSERT_TRUE(files->rename(root, "a", root, "b"));
    EXPECT_EQ(files->lookup(root, "b"), Result<Inode>{a});
    EXPECT_EQ(error_of(files->lookup(root, "a")), Error::not_found);
    const Inode d = make(*files.files, root, "d", Kind::directory);
    const Inode e = make(*files.files, d, "e", Kind::directory);
    EXPECT_EQ(error_of(files->rename(root, "d", e, "c")), Error::bad_argument);
    EXPECT_EQ(error_of(files->rename(root, "d", root, "b")), Error::not_directory);
    EXPECT_EQ(error_of(files->rename(root, "b", root, "d")), Error::is_directory);
    EXPECT_EQ(error_of(files->remove(root, "d", Kind::directory)), Error::not_empty);
    ASSERT_TRUE(files->rename(d, "e", root, "e"));
    ASSERT_TRUE(files->rename(root, "d", e, "d"));
    const Inode g = make(*files.files, root, "g", Kind::directory);
    ASSERT_TRUE(files->rename(root, "g", e, "d"));
    EXPECT_EQ(files->lookup(e, "d"), Result<Inode>{g});
    ASSERT_TRUE(files->link(a, e, "again"));
    EXPECT_EQ(files->info(a)->links, 2);
    ASSERT_TRUE(files->rename(e, "again", root, "b"));
    EXPECT_EQ(files->info(a)->links, 2);
    make(*files.files, root, "short", Kind::link, "/somewhere");
    make(*files.files, root, "long", Kind::link, std::string(300, 'y'));
    files.unmount();
    EXPECT_EQ(image.debugfs("ncheck " + std::to_string(a.raw)).find("/b") == std::string::npos, false);
    files.mount();
    EXPECT_EQ(*files->link_target(*files->lookup(root, "long")), std::string(300, 'y'));
}

TEST_P(Ext4, ManyNamesInOneDirectory) {
    Mounted files{image};
    const u64 before = files->space().free;
    const Inode directory = make(*files.files, root, "d", Kind::directory);
    for (int i = 0; i < 10'000; ++i)
        ASSERT_TRUE(
            files->create(directory, "a-rather-long-name-of-a-file-" + std::to_string(i), Kind::file, {}))
            << i;
    files.unmount();
    files.mount();
    const std::vector<std::string> found = names(*files.files, directory);
    EXPECT_EQ(found.size(), 10'000);
    EXPECT_EQ(std::set(found.begin(), found.end()).size(), 10'000);
    for (int i = 0; i < 10'000; ++i)
        ASSERT_TRUE(files->remove(directory, "a-rather-long-name-of-a-file-" + std::to_string(i), Kind::file))
            << i;
    EXPECT_TRUE(names(*files.files, directory).empty());
    files.unmount();
    files.mount();
    ASSERT_TRUE(files->remove(root, "d", Kind::directory));
    EXPECT_EQ(files->space().free, before);
    files.unmount();
}

TEST_P(Ext4, HolesAndDeepTrees) {
    Mounted files{image};
    const u64 before = files->space().free;
    const Inode file = make(*files.files, root, "holes");
    for (u64 i = 0; i < 3000; ++i) // no two next to each other: an extent each
        write(*files.files, file, (i * 7919 % 3000) * 10'000, std::to_string(i));
    write(*files.files, file, (u64{1} << 30) - 3, "end"); // a gigabyte
    EXPECT_EQ(files->info(file)->size, u64{1} << 30);
    for (u64 i = 0; i < 3000; ++i) {
        std::string text(6, '?');
        ASSERT_TRUE(files->read(file, (i * 7919 % 3000) * 10'000, std::as_writable_bytes(std::span{text})));
        ASSERT_EQ(text.substr(0, std::to_string(i).size() + 1), std::to_string(i) + '\0');
    }
    files.unmount();
    files.mount();
    ASSERT_TRUE(files->resize(*files->lookup(root, "holes"), 1'234'567));
    files.unmount();
    files.mount();
    ASSERT_TRUE(files->remove(root, "holes", Kind::file));
    EXPECT_EQ(files->space().free, before);
    files.unmount();
}

TEST_P(Ext4, AFullDiskStaysInOrder) {
    Mounted files{image};
    const u64 before = files->space().free;
    u64 made = 0;
    for (;; ++made) {
        const auto file = files->create(root, "f" + std::to_string(made), Kind::file, {});
        if (!file) {
            EXPECT_EQ(file.error(), Error::no_space);
            break;
        }
        const std::string text(700'000, 'x');
        const auto written = files->write(*file, 0, std::as_bytes(std::span{text}));
        if (!written || *written < text.size()) break;
    }
    EXPECT_GT(made, 20);
    while (files->create(root, "g" + std::to_string(++made), Kind::directory, {})) {
    }
    files.unmount();
    files.mount();
    for (const std::string& name : names(*files.files, root))
        if (name != "lost+found")
            ASSERT_TRUE(files->remove(root, name, name[0] == 'g' ? Kind::directory : Kind::file)) << name;
    files.unmount();
    files.mount();
    // The root directory keeps the blocks that its names took, as everywhere.
    EXPECT_LE(before - files->space().free, 1'000'000);
}

/// Against maps of names and texts: whatever happens, both know the same, and e2fsck finds nothing.
TEST_P(Ext4, DoesWhatAPlainModelDoes) {
    Mounted files{image, u64{1} << 20};
    std::map<std::string, std::string> model;
    std::mt19937 random{7};
    const auto name = [&] { return std::string(1 + random() % 60, static_cast<char>('a' + random() % 26)); };
    for (int i = 0; i < 6'000; ++i) {
        const std::string a = name();
        const auto inode = files->lookup(root, a);
        ASSERT_EQ(inode.has_value(), model.contains(a));
        switch (random() % 7) {
        case 0:
        case 1:
            ASSERT_EQ(files->create(root, a, Kind::file, {}).has_value(), model.try_emplace(a).second);
            break;
        case 2: ASSERT_EQ(files->remove(root, a, Kind::file).has_value(), model.erase(a) == 1); break;
        case 3: {
            const std::string b = name();
            ASSERT_EQ(files->rename(root, a, root, b).has_value(), model.contains(a));
            if (!model.contains(a) || a == b) break;
            model[b] = model[a];
            model.erase(a);
            break;
        }
        case 4:
            if (!inode) break;
            ASSERT_TRUE(files->resize(*inode, random() % 90'000));
            model[a].resize(files->info(*inode)->size);
            break;
        default: {
            if (!inode) break;
            const std::string text(random() % 50'000 + 1, static_cast<char>('A' + random() % 26));
            const u64 offset = random() % 90'000;
            write(*files.files, *inode, offset, text);
            std::string& expected = model[a];
            if (expected.size() < offset + text.size()) expected.resize(offset + text.size());
            expected.replace(offset, text.size(), text);
        }
        }
        if (i % 500 != 0) continue;
        files.unmount();
        files.mount();
        for (const auto& [each, text] : model)
            ASSERT_TRUE(content(*files.files, *files->lookup(root, each)) == text);
        ASSERT_EQ(names(*files.files, root).size(), model.size() + 1);
    }
    files.unmount();
}

} // namespace
} // namespace pith::ext4
