#include "ext4_image.h"

#include <algorithm>
#include <map>

namespace pith::ext4 {
namespace {

using proto::file::Kind;
using proto::file::root;
using Files = std::map<std::string, std::string>;

/// A file system at work: what it held after each operation, and every write that the disk got.
struct History {
    std::vector<ImageDisk::Write> writes;
    std::vector<Files> states;
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
    std::mt19937 random{seed};
    Mounted files{image};
    ASSERT_FALSE(files.report.read_only) << files.report.why;
    files.disk.record = &history.writes;
    Files now;
    const auto done = [&] { history.states.push_back(now); };
    done();
    history.safe.push_back({0, 0});
    for (int i = 0; i < 240; ++i) {
        const std::string name =
            "file-" + std::to_string(random() % 40) + std::string(random() % 2 * 100, 'x');
        const auto inode = files->lookup(root, name);
        ASSERT_EQ(inode.has_value(), now.contains(name));
        switch (random() % 5) {
        case 0:
            if (!inode) break;
            ASSERT_TRUE(files->remove(root, name, Kind::file));
            now.erase(name);
            done();
            break;
        case 1: {
            const std::string other = "file-" + std::to_string(random() % 40);
            if (!inode || other == name) break;
            ASSERT_TRUE(files->rename(root, name, root, other));
            now[other] = now[name];
            now.erase(name);
            done();
            break;
        }
        default: {
            const auto file = inode ? inode : files->create(root, name, Kind::file, {});
            ASSERT_TRUE(file);
            if (inode) ASSERT_TRUE(files->resize(*file, 0));
            now[name].clear();
            done();
            now[name] = std::string(random() % 30'000 + 1, static_cast<char>('a' + random() % 26));
            write(*files.files, *file, 0, now[name]);
            done();
        }
        }
        if (random() % 12 != 0) continue;
        ASSERT_TRUE(random() % 2 == 0 ? files->sync() : files->commit());
        history.safe.push_back({history.writes.size(), history.states.size() - 1});
    }
}

Files all_of(Mounted& files) {
    Files found;
    for (const std::string& name : names(*files.files, root))
        if (name != "lost+found") found[name] = content(*files.files, *files->lookup(root, name));
    return found;
}

struct Ext4Crash : testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(BlockSizes, Ext4Crash, testing::Values("-b 4096", "-b 1024"),
                         [](const auto& about) { return std::to_string(about.index); });

TEST_P(Ext4Crash, WhatIsLeftIsAStateThatWasAndNoneBeforeTheLastSync) {
    const Image image{GetParam(), "16M"};
    const std::string before = image.path() + ".before";
    std::filesystem::copy_file(image.path(), before);
    History history;
    work(image, 11, history);
    ASSERT_GT(history.writes.size(), 300);
    std::mt19937 random{5};
    for (int i = 0; i < 30; ++i) {
        const u64 cut = random() % (history.writes.size() + 1);
        SCOPED_TRACE(cut);
        std::filesystem::copy_file(before, image.path(), std::filesystem::copy_options::overwrite_existing);
        cut_power(image.path(), std::span{history.writes}.first(cut), random);
        if (i % 3 == 0) { // others replay it as well; what is left is in order then
            ASSERT_LE(run("e2fsck -fp " + image.path()).status, 1);
            image.check();
        }
        Mounted files{image};
        ASSERT_FALSE(files.report.read_only) << files.report.why;
        const Files found = all_of(files);
        const auto oldest =
            history.states.begin() + static_cast<std::ptrdiff_t>(history.oldest_possible(cut));
        ASSERT_NE(std::find(oldest, history.states.end(), found), history.states.end());
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
