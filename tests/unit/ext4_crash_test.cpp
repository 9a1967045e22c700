#include "ext4_tree.h"

#include <algorithm>

namespace pith::ext4 {
namespace {

using proto::file::Kind;
using proto::file::root;
using Number = proto::file::Inode;

/// What holds the journal's place has no copy in the journal that could be found without it.
constexpr u64 superblock_bytes = 1024;

/// A file system at work: what it held after each operation, and every write that the disk got.
struct History {
    std::vector<ImageDisk::Write> writes;
    std::vector<Snapshot> states;
    struct Safe {
        u64 writes; ///< when a sync had returned
        u64 state;  ///< which was the newest then
    };
    std::vector<Safe> safe;

    [[nodiscard]] u64 oldest_possible(u64 cut) const {
        const auto next = std::ranges::upper_bound(safe, cut, {}, &Safe::writes);
        return std::prev(next)->state;
    }
};

void work(const Image& image, u32 seed, History& history) {
    Mounted files{image};
    ASSERT_FALSE(files.report.read_only) << files.report.why;
    files.disk.record = &history.writes;
    Tree tree{*files.files, seed};
    const auto done = [&] { history.states.push_back(tree.snapshot()); };
    done();
    history.safe.push_back({0, 0});
    for (int i = 0; i < 300; ++i) {
        tree.step(done);
        if (testing::Test::HasFatalFailure()) return;
        if (tree.random(12) != 0) continue;
        ASSERT_TRUE(tree.random(2) == 0 ? files->sync() : files->commit());
        history.safe.push_back({history.writes.size(), history.states.size() - 1});
    }
    ASSERT_EQ(snapshot_of(*files.files), history.states.back());
}

std::string difference(const Snapshot& expected, const Snapshot& found) {
    std::string text;
    for (const auto& [path, what] : expected)
        if (const auto is = found.find(path); is == found.end() || is->second != what)
            text += "\n  " + path + ": " + what + "; found " + (is == found.end() ? "nothing" : is->second);
    for (const auto& [path, what] : found)
        if (!expected.contains(path)) text += "\n  " + path + ": nothing; found " + what;
    return text;
}

/// In what it differs from the state that is most like it.
std::string difference(std::span<const Snapshot> states, const Snapshot& found) {
    std::string least = difference(states.front(), found);
    for (const Snapshot& state : states.subspan(1))
        if (std::string text = difference(state, found); text.size() < least.size()) least = std::move(text);
    return least;
}

/// What a longer file shows behind its end is nothing that anybody wrote there before the stop.
void grow_all(FileSystem& files, Number directory) {
    constexpr u64 more = 3000;
    for (const std::string& name : names(files, directory)) {
        const auto number = *files.lookup(directory, name);
        const auto about = *files.info(number);
        if (Kind{about.kind} == Kind::directory) grow_all(files, number);
        if (Kind{about.kind} != Kind::file) continue;
        ASSERT_TRUE(files.resize(number, about.size + more));
        const std::string grown = content(files, number).substr(about.size);
        ASSERT_EQ(std::ranges::count(grown, '\0'), more) << name;
    }
}

struct Ext4Crash : testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(BlockSizes, Ext4Crash, testing::Values("-b 4096", "-b 1024"),
                         [](const auto& about) { return std::to_string(about.index); });

TEST_P(Ext4Crash, WhatIsLeftIsAStateThatWasAndNoneBeforeTheLastSync) {
    const Image image{GetParam(), "16M"};
    const std::string before = image.path() + ".before";
    std::filesystem::copy_file(image.path(), before);
    History history;
    work(image, chance(11), history);
    ASSERT_FALSE(HasFatalFailure());
    ASSERT_GT(history.writes.size(), 300);
    std::mt19937 random{chance(5)};
    for (int i = 0; i < 30; ++i) {
        const u64 cut = random() % (history.writes.size() + 1);
        SCOPED_TRACE(cut);
        std::filesystem::copy_file(before, image.path(), std::filesystem::copy_options::overwrite_existing);
        cut_power(image.path(), std::span{history.writes}.first(cut), superblock_bytes, random);
        if (i % 3 == 0) { // others replay it as well; what is left is in order then
            ASSERT_LE(run("e2fsck -fp " + image.path()).status, 1);
            image.check();
        }
        Mounted files{image};
        ASSERT_FALSE(files.report.read_only) << files.report.why;
        const Snapshot found = snapshot_of(*files.files);
        const auto oldest =
            history.states.begin() + static_cast<std::ptrdiff_t>(history.oldest_possible(cut));
        ASSERT_NE(std::find(oldest, history.states.end(), found), history.states.end())
            << difference(std::span{oldest, history.states.end()}, found);
        grow_all(*files.files, root);
        files.unmount();
    }
    std::filesystem::remove(before);
}

/// The disk stops taking writes at any moment: nothing that is said to be safe is lost, nothing breaks.
TEST_P(Ext4Crash, ADiskThatFailsEndsAllChanges) {
    for (u64 writes : {u64{1}, u64{5}, u64{20}, u64{60}, u64{150}}) {
        const Image image{GetParam(), "16M"};
        {
            Mounted files{image};
            fails_for_good(files, writes);
        }
        Mounted again{image};
        again.unmount();
    }
}

} // namespace
} // namespace pith::ext4
