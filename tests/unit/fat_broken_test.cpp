// Images that contradict themselves: read as far as that goes, and not changed.
#include "fat_image.h"

#include <fstream>

namespace pith::fat {
namespace {

using proto::file::Inode;
using proto::file::Kind;
using proto::file::root;

/// An image with some files, in which bytes can be changed.
struct Broken {
    Image image{"-s 1", "48M"};
    u64 file = 0; ///< where the entries lie
    u64 other = 0;
    u64 directory = 0;
    Geometry geometry{};
    Broken() {
        Mounted files{image};
        const Inode f = make(*files.files, root, "FILE");
        write(*files.files, f, 0, std::string(5000, 'f'));
        const Inode o = make(*files.files, root, "OTHER");
        write(*files.files, o, 0, std::string(5000, 'o'));
        const Inode d = make(*files.files, root, "D", Kind::directory);
        file = f.raw * entry_bytes;
        other = o.raw * entry_bytes;
        directory = d.raw * entry_bytes;
        files.unmount();
        std::string_view why;
        geometry = *Geometry::from(bytes(0, 512), u64{48} << 20, why);
    }
    std::vector<std::byte> bytes(u64 place, u64 count) const {
        std::ifstream stream{image.path(), std::ios::binary};
        stream.seekg(static_cast<std::streamoff>(place));
        std::string text(count, '\0');
        stream.read(text.data(), static_cast<std::streamsize>(count));
        const auto all = std::as_bytes(std::span{text});
        return {all.begin(), all.end()};
    }
    template <class T>
    void put(u64 place, T value) const {
        std::fstream stream{image.path(), std::ios::binary | std::ios::in | std::ios::out};
        stream.seekp(static_cast<std::streamoff>(place));
        stream.write(as_text(bytes_of(value)).data(), sizeof(value));
    }
    u32 first_of(u64 entry) const { return load<Entry>(bytes(entry, entry_bytes), 0).cluster(); }
    void link(u32 cluster, u32 value) const {
        for (u32 fat = 0; fat < geometry.fats; ++fat)
            put(geometry.first_fat + fat * geometry.fat_bytes + cluster * sizeof(u32), value);
    }
    /// Mounted to be read, for this reason; reading everything ends.
    void expect(std::string_view why) const {
        ImageDisk disk{image.path()};
        MountReport report{};
        const auto files = FileSystem::mount(disk, report);
        ASSERT_TRUE(files) << describe(files.error());
        EXPECT_TRUE(report.read_only);
        EXPECT_EQ(report.why, why);
        EXPECT_EQ(error_of((*files)->create(root, "new", Kind::file, {})), Error::read_only);
        auto entry = (*files)->list(root, 0);
        int count = 0;
        for (; entry && count < 100; entry = (*files)->list(root, entry->next), ++count) {
            const auto inode = (*files)->lookup(root, entry->bytes.view());
            std::vector<std::byte> all(20'000);
            if (inode) static_cast<void>((*files)->read(*inode, 0, all));
            if (inode) static_cast<void>((*files)->list(*inode, 0));
        }
        EXPECT_LT(count, 100);
    }
};

TEST(FatBroken, ChainsThatLeadRound) {
    const Broken broken;
    const u32 first = broken.first_of(broken.file);
    broken.link(first + 2, first);
    broken.expect("two files share clusters");
}

TEST(FatBroken, ChainsOfTwoFiles) {
    const Broken broken;
    broken.link(broken.first_of(broken.file) + 2, broken.first_of(broken.other) + 3);
    broken.expect("two files share clusters");
}

TEST(FatBroken, TwoNamesOfOneFile) {
    const Broken broken;
    broken.put(broken.other + 26, static_cast<u16>(broken.first_of(broken.file)));
    broken.expect("two files share clusters");
}

TEST(FatBroken, SizesBeyondTheChain) {
    const Broken broken;
    broken.put(broken.file + 28, u32{0xffff'ffff});
    broken.expect("a file is longer than its clusters");
}

TEST(FatBroken, ChainsToNowhere) {
    const Broken broken;
    broken.link(broken.first_of(broken.file) + 1, broken.geometry.clusters + first_cluster);
    broken.expect("a file's clusters lead to nothing");
    broken.link(broken.first_of(broken.file) + 1, 0);
    broken.expect("a file's clusters lead to nothing");
    broken.put(broken.file + 20, u16{0x0fff});
    broken.expect("a file's clusters are not there");
}

TEST(FatBroken, DirectoriesThatHoldThemselves) {
    const Broken broken;
    broken.put(broken.directory + 26, static_cast<u16>(broken.geometry.root));
    broken.expect("two files share clusters");
    broken.put(broken.directory + 26, u16{0});
    broken.expect("a directory's clusters are not there");
}

TEST(FatBroken, DirectoriesWithoutAnEnd) {
    const Broken broken;
    broken.link(broken.geometry.root, broken.geometry.root);
    broken.expect("a directory is too long");
}

TEST(FatBroken, DirectoriesThatAreSomethingElse) {
    const Broken broken;
    broken.put(broken.geometry.start_of(broken.first_of(broken.directory)), u32{0});
    broken.expect("a directory does not begin as it should");
}

TEST(FatBroken, TablesThatDiffer) {
    const Broken broken;
    broken.put(broken.geometry.first_fat + broken.geometry.fat_bytes + 4000, u32{7});
    broken.expect("its two tables are not equal");
}

TEST(FatBroken, BootSectorsThatLie) {
    const Broken broken;
    struct Lie {
        u64 place;
        u32 bytes, value;
        std::string_view why;
    };
    constexpr Lie lies[] = {
        {boot::sector_bytes, 2, 513, "it has no boot sector"},
        {boot::sector_bytes, 2, 0, "it has no boot sector"},
        {boot::cluster_sectors, 1, 3, "it has no boot sector"},
        {boot::fats, 1, 0, "it has no boot sector"},
        {boot::signature, 2, 0, "it has no boot sector"},
        {boot::sectors_32, 4, 0xffff'ffff, "it is larger than the disk"},
        {boot::sectors_32, 4, 100, "it has no room for files"},
        {boot::fat_sectors_32, 4, 0xffff'ffff, "it has no room for files"},
        {boot::fat_sectors_32, 4, 3, "its allocation table is too short"},
        {boot::root_cluster, 4, 1, "it has no root directory"},
        {boot::root_cluster, 4, 0xffff'ffff, "it has no root directory"},
        {boot::version, 2, 1, "its version is unknown"},
        {boot::flags, 2, 0x82, "its allocation table is not there"},
        {boot::fat_sectors_16, 2, 1, "it is FAT12 or FAT16, and not FAT32"},
    };
    const auto right = broken.bytes(0, 512);
    for (const Lie& lie : lies) {
        std::vector<std::byte> sector = right;
        std::memcpy(sector.data() + lie.place, &lie.value, lie.bytes);
        std::string_view why;
        EXPECT_FALSE(Geometry::from(sector, u64{48} << 20, why)) << lie.place << " " << lie.value;
        EXPECT_EQ(why, lie.why) << lie.place << " " << lie.value;
    }
}

TEST(FatBroken, WhatAnUncleanStopLeftIsFinished) {
    const Broken broken;
    const u32 first = broken.first_of(broken.file);
    u32 lost = 0;
    {
        ImageDisk disk{broken.image.path()};
        MountReport report{};
        const auto files = FileSystem::mount(disk, report);
        lost = broken.geometry.clusters - static_cast<u32>((*files)->space().free / 512); // in use
    }
    broken.link(30'000, link::end); // nobody's
    broken.link(first + 9, 30'001); // a chain that is too long
    broken.link(30'001, link::end);
    broken.put(broken.geometry.first_fat + broken.geometry.fat_bytes + 4000, u32{7}); // tables that differ
    Entry moved = load<Entry>(broken.bytes(broken.file, entry_bytes), 0);
    moved.name[0] = 'G';
    moved.flags |= Entry::one_move;
    broken.put(broken.directory + entry_bytes, moved); // a rename that was half done
    broken.put(boot::state, boot::state_dirty);
    Mounted files{broken.image};
    EXPECT_FALSE(files.report.read_only) << files.report.why;
    EXPECT_EQ(files.report.lost, 1);
    EXPECT_EQ(files.report.finished, 1);
    EXPECT_EQ(names(*files.files, root), (std::vector<std::string>{"OTHER", "D", "GILE"}));
    EXPECT_EQ(content(*files.files, *files->lookup(root, "GILE")), std::string(5000, 'f'));
    EXPECT_EQ(broken.geometry.clusters - files->space().free / 512, lost);
    files.unmount();
}

} // namespace
} // namespace pith::fat
