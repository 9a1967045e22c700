#include "fat_image.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

namespace pith::fat {
namespace {

using proto::file::Inode;
using proto::file::Kind;
using proto::file::root;

struct Shape {
    const char* options;
    const char* size; ///< so large that there are as many clusters as others want to see in FAT32
};
struct Fat : testing::TestWithParam<Shape> {
    Image image{GetParam().options, GetParam().size};
};
// Sectors of both sizes; tables that do not end where a cluster would begin.
INSTANTIATE_TEST_SUITE_P(Sizes, Fat,
                         testing::Values(Shape{"-s 1", "34M"}, Shape{"-s 8", "260M"},
                                         Shape{"-S 4096 -s 1", "260M"}, Shape{"-s 2 -R 35 -a -f 1", "68M"}),
                         [](const auto& about) { return std::to_string(about.index); });

TEST_P(Fat, HoldsWhatWasWritten) {
    Mounted files{image};
    holds_what_was_written(files, "A",
                           [&](const std::string& name) { return image.mtools("mtype", "::" + name).text; });
}

TEST_P(Fat, ReadsWhatOthersWrote) {
    const std::string source = image.path() + ".d";
    ASSERT_EQ(run("mkdir -p " + source + "/sub/'Deep inside' && echo text > " + source +
                  "/sub/'Deep inside'/File && head -c 3000000 /dev/urandom > " + source +
                  "/big && for i in "
                  "$(seq 400); do : > " +
                  source + "/sub/name-$i; done")
                  .status,
              0);
    const Said copied = image.mtools("mcopy", "-s " + source + "/* ::");
    ASSERT_EQ(copied.status, 0) << copied.text;
    Mounted files{image};
    ASSERT_FALSE(files.report.read_only) << files.report.why;
    const Inode sub = *files->lookup(root, "SUB");
    const Inode deep = *files->lookup(sub, "deep INSIDE");
    EXPECT_EQ(content(*files.files, *files->lookup(deep, "file")), "text\n");
    std::ifstream big{source + "/big", std::ios::binary};
    const std::string expected{std::istreambuf_iterator<char>{big}, {}};
    EXPECT_TRUE(content(*files.files, *files->lookup(root, "big")) == expected);
    const std::vector<std::string> found = names(*files.files, sub);
    EXPECT_EQ(found.size(), 401);
    EXPECT_EQ(std::set(found.begin(), found.end()).size(), 401);
    for (int i = 1; i <= 400; i += 2)
        ASSERT_TRUE(files->remove(sub, "name-" + std::to_string(i), Kind::file));
    for (int i = 1; i <= 700; ++i)
        make(*files.files, sub, "other-" + std::to_string(i));
    files.unmount();
    run("rm -r " + source);
}

TEST_P(Fat, KnowsWhenWhatHappened) {
    const auto at = [](u32 day, u32 second) {
        return *Calendar{.year = 2031, .month = 2, .day = day, .hour = 4, .minute = 5, .second = second}
                    .time();
    };
    Mounted files{image};
    files->set_time(at(3, 7));
    const Inode file = make(*files.files, root, "a");
    const Inode directory = make(*files.files, root, "directory", Kind::directory);
    files->set_time(at(3, 21));
    write(*files.files, file, 0, "hello");
    files->set_time(at(4, 30));
    EXPECT_EQ(content(*files.files, file), "hello");
    const auto about = *files->info(file);
    EXPECT_EQ(about.made, at(3, 7));
    EXPECT_EQ(about.modified, at(3, 20)) << "every other second is all that the format tells";
    EXPECT_EQ(describe(about.accessed), "2031-02-04 00:00:00");
    EXPECT_EQ(files->info(directory)->made, at(3, 7));
    EXPECT_FALSE(files->info(root)->modified.is_known());
    ASSERT_TRUE(files->set_times(directory, at(1, 2), WallTime{}));
    EXPECT_EQ(files->info(directory)->modified, at(1, 2));
    files->set_time(WallTime{});
    write(*files.files, file, 0, "HELLO");
    EXPECT_EQ(files->info(file)->modified, at(3, 20)) << "nobody knows when";
    files.unmount();
    const std::string shown = image.mtools("mdir", "::").text;
    EXPECT_TRUE(shown.contains("2031-02-03   4:05")) << shown;
}

TEST_P(Fat, OthersReadWhatWeWrote) {
    Mounted files{image};
    const u64 size = 700'001;
    std::string text(size, '\0');
    for (u64 i = 0; i < size; ++i)
        text[i] = static_cast<char>(i * 7 + i / 256);
    const Inode directory = make(*files.files, root, "A directory of ours", Kind::directory);
    write(*files.files, make(*files.files, directory, "caf\u00e9 \U0001f427.text"), 0, text);
    write(*files.files, make(*files.files, directory, "SHORT.TXT"), 0, "short");
    const Inode gap = make(*files.files, directory, "gap");
    write(*files.files, gap, 100'000, "end");
    EXPECT_EQ(content(*files.files, gap), std::string(100'000, '\0') + "end");
    files.unmount();
    const std::string to = image.path() + ".copy";
    const Said copied = image.mtools("mcopy", "-n '::A directory of ours/CAF*' " + to);
    ASSERT_EQ(copied.status, 0) << copied.text;
    std::ifstream copy{to, std::ios::binary};
    EXPECT_TRUE((std::string{std::istreambuf_iterator<char>{copy}, {}}) == text);
    EXPECT_EQ(image.mtools("mtype", "'::A directory of ours/short.txt'").text, "short");
    run("rm " + to);
}

TEST_P(Fat, AFileWithoutANameLivesAsLongAsItIsOpen) {
    Mounted files{image};
    const u64 before = files->space().free;
    const Inode file = make(*files.files, root, "a");
    write(*files.files, file, 0, "before");
    files->opened(file);
    ASSERT_TRUE(files->remove(root, "a", Kind::file));
    write(*files.files, file, 0, "still here");
    EXPECT_EQ(content(*files.files, file), "still here");
    EXPECT_EQ(files->info(file)->links, 0);
    const Inode next = make(*files.files, root, "a"); // not in its place
    EXPECT_NE(next, file);
    write(*files.files, next, 0, "other");
    ASSERT_TRUE(files->sync());
    EXPECT_EQ(content(*files.files, file), "still here");
    files->closed(file);
    EXPECT_EQ(error_of(files->info(file)), Error::not_found);
    EXPECT_EQ(content(*files.files, next), "other");
    ASSERT_TRUE(files->remove(root, "a", Kind::file));
    ASSERT_TRUE(files->sync());
    EXPECT_EQ(files->space().free, before);
    files.unmount();
}

TEST_P(Fat, AFileKeepsItsNumberWhileItIsOpen) {
    Mounted files{image};
    const Inode a = make(*files.files, root, "a");
    const Inode b = make(*files.files, root, "b");
    write(*files.files, a, 0, "of a");
    write(*files.files, b, 0, "of b");
    files->opened(a);
    files->opened(b);
    const u32 generation = *files->generation(a);
    ASSERT_TRUE(files->rename(root, "a", root, "b")); // b has no name now, and a its place
    EXPECT_EQ(*files->lookup(root, "b"), a);
    EXPECT_EQ(*files->generation(a), generation);
    EXPECT_EQ(content(*files.files, a), "of a");
    EXPECT_EQ(content(*files.files, b), "of b");
    write(*files.files, b, 0, "OF");
    write(*files.files, a, 0, "new");
    files->closed(a); // now nobody has it open, but its place's number is b's
    const Inode again = *files->lookup(root, "b");
    EXPECT_NE(again, b);
    EXPECT_EQ(content(*files.files, again), "newa");
    EXPECT_EQ(content(*files.files, b), "OF b");
    files->closed(b);
    EXPECT_EQ(content(*files.files, *files->lookup(root, "b")), "newa");
    EXPECT_EQ(names(*files.files, root), std::vector<std::string>{"b"});
    files.unmount();
}

TEST_P(Fat, SomethingMovedOntoAnOpenFileHasANumberOfItsOwn) {
    Mounted files{image};
    const Inode old = make(*files.files, root, "target");
    files->opened(old);
    for (int i = 0; i < 5; ++i) {
        write(*files.files, make(*files.files, root, "new"), 0, std::to_string(i));
        ASSERT_TRUE(files->rename(root, "new", root, "target"));
        const Inode now = *files->lookup(root, "target");
        EXPECT_NE(now, old);
        EXPECT_EQ(content(*files.files, now), std::to_string(i));
        files->opened(now);
        EXPECT_EQ(content(*files.files, now), std::to_string(i));
        files->closed(now);
    }
    EXPECT_EQ(content(*files.files, old), "");
    files->closed(old);
    EXPECT_EQ(content(*files.files, *files->lookup(root, "target")), "4");
    files.unmount();
}

TEST_P(Fat, NamesChange) {
    Mounted files{image};
    const Inode d = make(*files.files, root, "d", Kind::directory);
    const Inode e = make(*files.files, d, "e", Kind::directory);
    write(*files.files, make(*files.files, root, "f"), 0, "content");
    ASSERT_TRUE(files->rename(root, "f", e, "A name that is rather long, and longer than a short one"));
    ASSERT_TRUE(files->rename(d, "e", root, "moved"));
    const Inode moved = *files->lookup(root, "moved");
    EXPECT_EQ(error_of(files->rename(root, "moved", moved, "x")), Error::bad_argument);
    EXPECT_EQ(
        error_of(files->rename(root, "d", moved, "a NAME that is rather long, and longer than a short one")),
        Error::not_directory);
    EXPECT_EQ(error_of(files->remove(root, "moved", Kind::directory)), Error::not_empty);
    EXPECT_EQ(error_of(files->remove(root, "moved", Kind::file)), Error::is_directory);
    EXPECT_EQ(error_of(files->remove(root, "nothing", Kind::file)), Error::not_found);
    ASSERT_TRUE(files->rename(root, "d", root, "D")); // only written otherwise
    EXPECT_EQ(names(*files.files, root), (std::vector<std::string>{"moved", "D"}));
    ASSERT_TRUE(files->rename(root, "moved", root, "D")); // an empty directory is replaced
    const Inode now = *files->lookup(root, "d");
    EXPECT_EQ(names(*files.files, now).size(), 1);
    EXPECT_EQ(error_of(files->create(root, "l", Kind::link, "d")), Error::unsupported);
    EXPECT_EQ(error_of(files->link(now, root, "l")), Error::unsupported);
    EXPECT_EQ(error_of(files->create(root, "a?", Kind::file, {})), Error::bad_argument);
    EXPECT_EQ(error_of(files->lookup(root, "a?")), Error::not_found);
    files.unmount();
}

TEST_P(Fat, LongNamesOfAllLengths) {
    Mounted files{image};
    std::set<std::string> made;
    for (u32 length = 1; length <= 255; length += length < 30 ? 1 : 25) {
        const std::string name(length, static_cast<char>('a' + length % 26));
        make(*files.files, root, name);
        made.insert(name);
    }
    const std::string penguins = [] {
        std::string text;
        for (int i = 0; i < 60; ++i)
            text += "\U0001f427";
        return text;
    }();
    make(*files.files, root, penguins);
    made.insert(penguins);
    const auto listed = names(*files.files, root);
    EXPECT_EQ(std::set(listed.begin(), listed.end()), made);
    for (const std::string& name : made)
        ASSERT_TRUE(files->lookup(root, name)) << name;
    files.unmount();
    files.mount();
    for (const std::string& name : made)
        ASSERT_TRUE(files->remove(root, name, Kind::file)) << name;
    EXPECT_TRUE(names(*files.files, root).empty());
    files.unmount();
}

TEST_P(Fat, FilesGrowAndShrink) {
    Mounted files{image};
    const u64 before = files->space().free;
    const Inode file = make(*files.files, root, "f");
    files->opened(file);
    std::string model;
    std::mt19937 random{7};
    for (int i = 0; i < 120; ++i) {
        const u64 size = random() % 90'000;
        if (random() % 3 == 0) {
            ASSERT_TRUE(files->resize(file, size));
            model.resize(size);
        } else {
            const std::string text(random() % 20'000 + 1, static_cast<char>('a' + i % 26));
            write(*files.files, file, size, text);
            model.resize(std::max(model.size(), size + text.size()));
            model.replace(size, text.size(), text);
        }
        if (random() % 10 == 0) ASSERT_TRUE(files->commit());
        ASSERT_TRUE(content(*files.files, file) == model) << i;
    }
    files->closed(file);
    files.unmount();
    files.mount();
    EXPECT_TRUE(content(*files.files, *files->lookup(root, "f")) == model);
    ASSERT_TRUE(files->remove(root, "f", Kind::file));
    ASSERT_TRUE(files->sync());
    EXPECT_EQ(files->space().free, before);
    EXPECT_EQ(
        error_of(files->write(make(*files.files, root, "g"), largest_file, std::as_bytes(std::span{"x"}))),
        Error::too_large);
    files.unmount();
}

TEST(FatFull, FullDisksSaySo) {
    const Image image{"-s 1", "34M"};
    Mounted files{image};
    const Inode file = make(*files.files, root, "all");
    const std::string text(1 << 20, 'x');
    u64 at = 0;
    Error error{};
    while (error == Error{}) {
        const auto written = files->write(file, at, std::as_bytes(std::span{text}));
        if (written)
            at += *written;
        else
            error = written.error();
    }
    EXPECT_EQ(error, Error::no_space);
    EXPECT_EQ(files->space().free, 0);
    EXPECT_EQ(files->info(file)->size, at);
    EXPECT_EQ(error_of(files->create(root, "d", Kind::directory, {})), Error::no_space);
    EXPECT_EQ(error_of(files->resize(file, at + (1 << 20))), Error::no_space);
    EXPECT_EQ(files->info(file)->size, at);
    ASSERT_TRUE(files->resize(file, 10)); // what that gives back can be used at once
    const Inode other = make(*files.files, root, "other");
    write(*files.files, other, 0, text);
    files.unmount();
}

TEST(FatMount, OthersAreRefused) {
    const auto refused = [](const std::string& make, Error error, std::string_view why) {
        const TemporaryFile file;
        ASSERT_EQ(run("truncate -s 64M " + file.path() + " && " + make + " " + file.path()).status, 0);
        ImageDisk disk{file.path()};
        MountReport report{};
        EXPECT_EQ(error_of(FileSystem::mount(disk, report)), error) << make;
        EXPECT_EQ(report.why, why) << make;
    };
    refused("mkfs.fat -F 16", Error::unsupported, "it is FAT12 or FAT16, and not FAT32");
    refused("mkfs.ext4 -q -F", Error::bad_format, "it has no boot sector");
    const Image image{"-s 1", "64M"};
    ImageDisk disk{image.path()};
    EXPECT_TRUE(FileSystem::is_on(disk));
    disk.read_only = true;
    MountReport report{};
    const auto files = FileSystem::mount(disk, report);
    ASSERT_TRUE(files);
    EXPECT_TRUE(report.read_only);
    EXPECT_EQ(error_of((*files)->create(root, "a", Kind::file, {})), Error::read_only);
}

TEST(FatFailing, ADiskThatFailsEndsAllChanges) {
    for (u64 writes : {u64{0}, u64{1}, u64{2}, u64{5}, u64{20}, u64{60}}) {
        const Image image{"-s 1", "40M"};
        {
            Mounted files{image};
            fails_for_good(files, writes);
        }
        Mounted again{image};
        EXPECT_FALSE(again.report.read_only) << again.report.why;
        again.unmount();
    }
}

} // namespace
} // namespace pith::fat
