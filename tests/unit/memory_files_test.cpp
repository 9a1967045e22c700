#include "proto/file_walk.h"
#include "proto/mount_path.h"
#include "servers/memory_files/memory_files.h"
#include "servers/streams/pipe.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace pith::os::memory_files {
namespace {

using proto::file::Inode;
using proto::file::Kind;
using proto::file::root;
using Walk = proto::file::Walk<MemoryFiles>;

constexpr u64 plenty = u64{1} << 24;

Inode make(MemoryFiles& files, Inode directory, std::string_view name, Kind kind = Kind::file,
           std::string_view target = {}) {
    const auto inode = files.create(directory, name, kind, target);
    EXPECT_TRUE(inode);
    return inode ? *inode : Inode{};
}
void write(MemoryFiles& files, Inode inode, u64 offset, std::string_view text) {
    const auto written = files.write(inode, offset, std::as_bytes(std::span{text}));
    ASSERT_TRUE(written);
    ASSERT_EQ(*written, text.size());
}
std::string content(MemoryFiles& files, Inode inode) {
    std::string text(files.info(inode)->size, '?');
    EXPECT_EQ(files.read(inode, 0, std::as_writable_bytes(std::span{text})), Result<u64>{text.size()});
    return text;
}
template <class T>
Error error_of(const Result<T>& result) {
    return result ? Error{} : result.error();
}

TEST(MemoryFiles, HoldsWhatWasWritten) {
    MemoryFiles files{plenty};
    const Inode file = make(files, root, "a");
    write(files, file, 0, "hello");
    write(files, file, 3, "LOW");
    EXPECT_EQ(content(files, file), "helLOW");
    EXPECT_EQ(files.lookup(root, "a"), Result<Inode>{file});
    EXPECT_EQ(error_of(files.create(root, "a", Kind::file, {})), Error::exists);
}

TEST(MemoryFiles, HolesReadAsZerosAndWhatIsCutOffIsGone) {
    MemoryFiles files{plenty};
    const Inode file = make(files, root, "a");
    write(files, file, 10'000, "end");
    EXPECT_EQ(content(files, file), std::string(10'000, '\0') + "end");
    ASSERT_TRUE(files.resize(file, 10'001));
    ASSERT_TRUE(files.resize(file, 10'004));
    EXPECT_EQ(content(files, file), std::string(10'000, '\0') + "e" + std::string(3, '\0'));
}

TEST(MemoryFiles, KnowsWhenWhatHappened) {
    u64 now = 1;
    MemoryFiles files{plenty, [&] { return WallTime::from_seconds(now); }};
    const Inode file = make(files, root, "a");
    now = 2;
    write(files, file, 0, "hello");
    now = 3;
    EXPECT_EQ(content(files, file), "hello");
    now = 4;
    ASSERT_TRUE(files.rename(root, "a", root, "b"));
    const auto about = *files.info(file);
    EXPECT_EQ(about.made.seconds(), 1);
    EXPECT_EQ(about.modified.seconds(), 2);
    EXPECT_EQ(about.accessed.seconds(), 3);
    EXPECT_EQ(about.changed.seconds(), 4);
    EXPECT_EQ(files.info(root)->modified.seconds(), 4);
    now = 5;
    ASSERT_TRUE(files.set_times(file, proto::file::SetTimes::now, WallTime::from_seconds(9)));
    EXPECT_EQ(files.info(file)->modified.seconds(), 5);
    EXPECT_EQ(files.info(file)->accessed.seconds(), 9);
}

TEST(MemoryFiles, AFileWithoutANameLivesAsLongAsItIsOpen) {
    MemoryFiles files{plenty};
    const u64 before = files.space().free;
    const Inode file = make(files, root, "a");
    files.opened(file);
    ASSERT_TRUE(files.remove(root, "a", Kind::file));
    write(files, file, 0, "still here");
    EXPECT_EQ(content(files, file), "still here");
    const u32 generation = *files.generation(file);
    files.closed(file);
    EXPECT_EQ(error_of(files.info(file)), Error::not_found);
    EXPECT_EQ(files.space().free, before);
    const Inode next = make(files, root, "b");
    EXPECT_TRUE(next != file || *files.generation(next) != generation);
}

TEST(MemoryFiles, AGenerationIsNeverUsedAgain) {
    constexpr u32 first = 0xff'fffd;
    MemoryFiles files{plenty, [] { return WallTime{}; }, first};
    const Inode a = make(files, root, "a");
    EXPECT_EQ(*files.generation(a), first);
    std::map<u32, int> seen;
    for (int i = 0; i < 5; ++i) {
        ++seen[*files.generation(files.lookup(root, "a").value_or(root))];
        ASSERT_TRUE(files.remove(root, "a", Kind::file));
        ASSERT_EQ(make(files, root, "a"), a);
    }
    EXPECT_EQ(seen.size(), 5u);
    EXPECT_TRUE(seen.contains(0));
}

TEST(MemoryFiles, RenameReplacesAtOneMoment) {
    MemoryFiles files{plenty};
    const Inode a = make(files, root, "a");
    const Inode b = make(files, root, "b");
    ASSERT_TRUE(files.rename(root, "a", root, "b"));
    EXPECT_EQ(files.lookup(root, "b"), Result<Inode>{a});
    EXPECT_EQ(error_of(files.lookup(root, "a")), Error::not_found);
    EXPECT_EQ(error_of(files.info(b)), Error::not_found);
    EXPECT_EQ(files.info(a)->links, 1);
}

TEST(MemoryFiles, ADirectoryCannotBeMovedBelowItself) {
    MemoryFiles files{plenty};
    const Inode a = make(files, root, "a", Kind::directory);
    const Inode b = make(files, a, "b", Kind::directory);
    EXPECT_EQ(error_of(files.rename(root, "a", b, "c")), Error::bad_argument);
    EXPECT_EQ(error_of(files.rename(root, "a", a, "c")), Error::bad_argument);
    ASSERT_TRUE(files.rename(a, "b", root, "b"));
    ASSERT_TRUE(files.rename(root, "a", b, "a"));
    EXPECT_EQ(error_of(files.rename(root, "b", a, "x")), Error::bad_argument);
    EXPECT_EQ(error_of(files.remove(root, "b", Kind::directory)), Error::not_empty);
}

TEST(MemoryFiles, ARemovedDirectoryTakesNothingNew) {
    MemoryFiles files{plenty};
    const Inode a = make(files, root, "a", Kind::directory);
    files.opened(a);
    ASSERT_TRUE(files.remove(root, "a", Kind::directory));
    const u64 before = files.space().free;
    EXPECT_EQ(error_of(files.create(a, "x", Kind::file, {})), Error::not_found);
    EXPECT_EQ(files.space().free, before);
}

TEST(MemoryFiles, KindsAreNotMixedUp) {
    MemoryFiles files{plenty};
    const Inode directory = make(files, root, "d", Kind::directory);
    const Inode file = make(files, root, "f");
    make(files, root, "l", Kind::link, "/somewhere");
    EXPECT_EQ(error_of(files.remove(root, "d", Kind::file)), Error::is_directory);
    EXPECT_EQ(error_of(files.remove(root, "f", Kind::directory)), Error::not_directory);
    EXPECT_EQ(error_of(files.rename(root, "d", root, "f")), Error::not_directory);
    EXPECT_EQ(error_of(files.rename(root, "f", root, "d")), Error::is_directory);
    EXPECT_EQ(error_of(files.write(directory, 0, {})), Error::is_directory);
    EXPECT_EQ(error_of(files.lookup(file, "x")), Error::not_directory);
    EXPECT_EQ(error_of(files.link(directory, root, "d2")), Error::is_directory);
    EXPECT_EQ(*files.link_target(*files.lookup(root, "l")), "/somewhere");
}

TEST(MemoryFiles, AListingGoesOnWhileNamesComeAndGo) {
    MemoryFiles files{plenty};
    for (const char* name : {"a", "b", "c", "d"})
        make(files, root, name);
    const auto first = files.list(root, 0);
    ASSERT_TRUE(first);
    ASSERT_TRUE(files.remove(root, "b", Kind::file));
    std::string seen{first->bytes.view()};
    for (auto entry = files.list(root, first->next); entry; entry = files.list(root, entry->next))
        seen += entry->bytes.view();
    EXPECT_EQ(seen, "acd");
}

TEST(MemoryFiles, TheQuotaEndsEverythingAndComesBackExactly) {
    MemoryFiles files{100'000};
    const u64 before = files.space().free;
    std::string name = "0000";
    u64 made = 0;
    for (; made < 100'000; ++made) {
        for (u64 i = 0, rest = made; i < 4; ++i, rest /= 10)
            name[3 - i] = static_cast<char>('0' + rest % 10);
        const auto inode = files.create(root, name, Kind::file, {});
        if (!inode) {
            EXPECT_EQ(inode.error(), Error::no_space);
            break;
        }
        static_cast<void>(files.write(*inode, 5'000, std::as_bytes(std::span{name})));
    }
    ASSERT_GT(made, 5);
    ASSERT_LT(made, 10'000);
    while (const auto entry = files.list(root, 0))
        ASSERT_TRUE(files.remove(root, entry->bytes.view(), Kind::file));
    EXPECT_EQ(files.space().free, before);
}

/// Against maps of names and texts: whatever happens, both know the same.
TEST(MemoryFiles, DoesWhatAPlainModelDoes) {
    MemoryFiles files{plenty};
    std::map<std::string, std::string> model;
    std::mt19937 random{7};
    const auto name = [&] { return std::string(1, static_cast<char>('a' + random() % 6)); };
    for (int i = 0; i < 20'000; ++i) {
        const std::string a = name();
        const auto inode = files.lookup(root, a);
        ASSERT_EQ(inode.has_value(), model.contains(a));
        switch (random() % 6) {
        case 0:
            ASSERT_EQ(files.create(root, a, Kind::file, {}).has_value(), model.try_emplace(a).second);
            break;
        case 1: ASSERT_EQ(files.remove(root, a, Kind::file).has_value(), model.erase(a) == 1); break;
        case 2: {
            const std::string b = name();
            ASSERT_EQ(files.rename(root, a, root, b).has_value(), model.contains(a));
            if (!model.contains(a) || a == b) break;
            model[b] = model[a];
            model.erase(a);
            break;
        }
        case 3:
            if (!inode) break;
            ASSERT_TRUE(files.resize(*inode, random() % 9000));
            model[a].resize(files.info(*inode)->size);
            break;
        default: {
            if (!inode) break;
            const std::string text(random() % 5000 + 1, static_cast<char>('A' + random() % 26));
            const u64 offset = random() % 9000;
            write(files, *inode, offset, text);
            std::string& expected = model[a];
            if (expected.size() < offset + text.size()) expected.resize(offset + text.size());
            expected.replace(offset, text.size(), text);
        }
        }
        if (i % 100 != 0) continue;
        for (const auto& [each, text] : model)
            ASSERT_EQ(content(files, *files.lookup(root, each)), text);
        ASSERT_EQ(files.info(root)->size, model.size());
    }
}

struct WalkTest : testing::Test {
    MemoryFiles files{plenty};
    Inode directory = make(files, root, "d", Kind::directory);
    Inode below = make(files, directory, "e", Kind::directory);
    Inode file = make(files, below, "f");
    Inode link = make(files, directory, "l", Kind::link, "e");
    Result<Inode> inode(std::string_view path, Inode from = root) { return Walk{files, from}.inode(path); }
};

TEST_F(WalkTest, FollowsNames) {
    EXPECT_EQ(inode("d/e/f"), Result<Inode>{file});
    EXPECT_EQ(inode("/d//./e/f"), Result<Inode>{file});
    EXPECT_EQ(inode("d/e/../e/"), Result<Inode>{below});
    EXPECT_EQ(inode(""), Result<Inode>{root});
    EXPECT_EQ(error_of(inode("d/x")), Error::not_found);
    EXPECT_EQ(error_of(inode("d/x/y")), Error::not_found);
    EXPECT_EQ(error_of(inode("d/e/f/")), Error::not_directory);
    EXPECT_EQ(error_of(inode("d/e/f/g")), Error::not_directory);
    EXPECT_EQ(error_of(inode(std::string(256, 'x'))), Error::too_large);
}

TEST_F(WalkTest, NothingLeadsOutOfWhereItBegan) {
    EXPECT_EQ(inode("..", below), Result<Inode>{below});
    EXPECT_EQ(inode("../../d", directory), inode("d", directory));
    EXPECT_EQ(inode("e/../..", directory), Result<Inode>{directory});
}

TEST_F(WalkTest, StopsAtLinks) {
    EXPECT_EQ(error_of(inode("d/l")), Error::is_link);
    Walk walk{files, root};
    EXPECT_EQ(error_of(walk.place("d/l/f")), Error::is_link);
    EXPECT_EQ(walk.stopped_at().used, 3);
    EXPECT_EQ(walk.stopped_at().inode, link);
    const auto place = Walk{files, root}.place("d/l");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->inode, link);
}

TEST(MountPath, LinksAreFollowedAsText) {
    EXPECT_EQ(proto::follow_link("/a/l/x", 4, "b"), "/a/b/x");
    EXPECT_EQ(proto::follow_link("/a/l", 4, "/c"), "/c");
    EXPECT_EQ(proto::follow_link("/a/l/x", 4, "../.."), "/x");
    EXPECT_TRUE(proto::lies_below("/a/b", "/a"));
    EXPECT_TRUE(proto::lies_below("/a", "/a"));
    EXPECT_FALSE(proto::lies_below("/ab", "/a"));
    EXPECT_TRUE(proto::lies_below("/ab", "/"));
}

/// What a waiting reader or writer heard.
struct Heard {
    std::vector<std::string>* log;
    void answer(std::string_view bytes) { log->push_back("read " + std::string{bytes}); }
    void answer_written() { log->push_back("written"); }
    void answer_closed() { log->push_back("closed"); }
};

TEST(Pipe, CarriesBytesInOrderAndEnds) {
    std::vector<std::string> log;
    streams::Pipe<Heard, Heard> pipe;
    EXPECT_EQ(pipe.read(10), "");
    EXPECT_FALSE(pipe.at_end());
    pipe.wait(Heard{&log}, 3);
    EXPECT_TRUE(pipe.write("hello"));
    EXPECT_EQ(log, (std::vector<std::string>{"read hel"}));
    EXPECT_EQ(pipe.read(10), "lo");
    pipe.wait(Heard{&log}, 3);
    pipe.end_writing();
    EXPECT_EQ(log.back(), "read ");
    EXPECT_TRUE(pipe.at_end());
}

TEST(Pipe, WritersWaitWhileItIsFullAndHearThatNobodyReads) {
    std::vector<std::string> log;
    streams::Pipe<Heard, Heard> pipe;
    const std::string much(480, 'x');
    int fitted = 0;
    while (pipe.write(much))
        ++fitted;
    EXPECT_EQ(fitted, 8);
    pipe.wait(Heard{&log}, "first" + much);
    EXPECT_FALSE(pipe.write("z")); // not before who waits
    pipe.wait(Heard{&log}, "second" + much);
    EXPECT_EQ(pipe.read(480).size(), 480);
    EXPECT_EQ(log, (std::vector<std::string>{"written"}));
    pipe.end_reading();
    EXPECT_EQ(log.back(), "closed");
    EXPECT_TRUE(pipe.closed());
}

} // namespace
} // namespace pith::os::memory_files
