// The machine stops after any write there is: what is left is whole, and nothing that was safe is lost.
#include "fat_image.h"

#include <algorithm>
#include <map>
#include <set>

namespace pith::fat {
namespace {

using proto::file::Inode;
using proto::file::Kind;
using proto::file::root;
using Files = std::map<std::string, std::string>;

struct History {
    std::vector<ImageDisk::Write> writes;
    std::vector<Files> states; ///< after each operation
    /// The bytes that a file of this name ever held, under whatever name then.
    std::map<std::string, std::set<char>> held;
    struct Safe {
        u64 writes; ///< when a commit had returned
        u64 state;
    };
    std::vector<Safe> safe;
};

void add_all_of(FileSystem& files, Inode directory, const std::string& path, Files& found) {
    for (const std::string& name : names(files, directory)) {
        const auto inode = files.lookup(directory, name);
        ASSERT_TRUE(inode) << name;
        if (files.info(*inode)->kind == static_cast<u64>(Kind::directory))
            add_all_of(files, *inode, path + name + "/", found);
        else
            found[path + name] = content(files, *inode);
    }
}

Files all_of(Mounted& files) {
    Files found;
    add_all_of(*files.files, root, "", found);
    return found;
}

/// What must hold of a file after a stop: its name and size are as they were at the last commit, or as at
/// some point later, and no byte of it was ever another file's.
void check_names(const History& history, u64 cut, const Files& found) {
    const auto next = std::ranges::upper_bound(history.safe, cut, {}, &History::Safe::writes);
    const u64 oldest = std::prev(next)->state;
    std::set<std::string> all;
    for (u64 i = oldest; i < history.states.size(); ++i)
        for (const auto& [name, text] : history.states[i])
            all.insert(name);
    for (const std::string& name : all) {
        const auto is = found.find(name);
        const bool was =
            std::any_of(history.states.begin() + static_cast<std::ptrdiff_t>(oldest), history.states.end(),
                        [&](const Files& state) {
                            const auto then = state.find(name);
                            if (is == found.end()) return then == state.end();
                            // Bytes of a file that is written to where it lies may be newer than its size.
                            return then != state.end() && then->second.size() == is->second.size();
                        });
        ASSERT_TRUE(was) << name << (is == found.end() ? " is not there" : " has another size");
    }
    for (const auto& [name, text] : found) {
        ASSERT_TRUE(all.contains(name)) << name << " never was";
        const std::set<char>& held = history.held.at(name);
        ASSERT_TRUE(std::ranges::all_of(text, [&](char byte) { return held.contains(byte); }))
            << name << " holds what was never written to it";
    }
}

std::string before_of(const Image& image) { return image.path() + ".before"; }

/// Each write has a byte of its own, so that what is there tells whose it is.
void work(const Image& image, u32 seed, int operations, History& history) {
    std::mt19937 random{seed};
    Mounted files{image};
    ASSERT_FALSE(files.report.read_only) << files.report.why;
    const std::array directories{root, make(*files.files, root, "first", Kind::directory),
                                 make(*files.files, root, "The second directory", Kind::directory)};
    const std::array<std::string, 3> paths{"", "first/", "The second directory/"};
    ASSERT_TRUE(files->sync());
    std::filesystem::copy_file(image.path(), before_of(image));
    files.disk.record = &history.writes;
    Files now;
    u8 writes = 0;
    const auto done = [&] { history.states.push_back(now); };
    done();
    history.safe.push_back({0, 0});
    for (int i = 0; i < operations; ++i) {
        const u64 where = random() % 3, to = random() % 3;
        const auto name_of = [&] {
            return "file-" + std::to_string(random() % 12) + std::string(random() % 2 * 60, 'x');
        };
        const std::string name = name_of(), path = paths[where] + name;
        const auto inode = files->lookup(directories[where], name);
        ASSERT_EQ(inode.has_value(), now.contains(path));
        switch (random() % 6) {
        case 0:
            if (!inode) break;
            ASSERT_TRUE(files->remove(directories[where], name, Kind::file));
            now.erase(path);
            done();
            break;
        case 1:
        case 2: {
            const std::string other = name_of();
            if (!inode || paths[to] + other == path) break;
            ASSERT_TRUE(files->rename(directories[where], name, directories[to], other));
            now[paths[to] + other] = now[path];
            now.erase(path);
            history.held[paths[to] + other].merge(std::set{history.held[path]});
            done();
            history.safe.push_back({history.writes.size(), history.states.size() - 1});
            break;
        }
        case 3: {
            if (!inode) break;
            const u64 size = random() % (now[path].size() + 1);
            ASSERT_TRUE(files->resize(*inode, size));
            now[path].resize(size);
            done();
            break;
        }
        default: {
            if (inode) {
                ASSERT_TRUE(files->resize(*inode, 0));
                now[path].clear();
                done();
            }
            const auto file = inode ? inode : files->create(directories[where], name, Kind::file, {});
            ASSERT_TRUE(file);
            now[path].clear();
            done();
            ASSERT_LT(++writes, 255);
            now[path] = std::string(random() % 9'000 + 1, static_cast<char>(writes));
            history.held[path].insert(static_cast<char>(writes));
            write(*files.files, *file, 0, now[path]);
            done();
        }
        }
        if (random() % 8 != 0) continue;
        ASSERT_TRUE(random() % 2 == 0 ? files->sync() : files->commit());
        history.safe.push_back({history.writes.size(), history.states.size() - 1});
    }
}

constexpr u64 sector = 512;

void check_after(const Image& image, const History& history, u64 cut, bool in_order, std::mt19937& random) {
    const auto writes = std::span{history.writes}.first(cut);
    if (in_order) {
        std::vector<ImageDisk::Write> all{writes.begin(), writes.end()};
        all.push_back({0, {}, true});
        cut_power(image.path(), all, sector, random);
    } else {
        cut_power(image.path(), writes, sector, random);
    }
    std::vector<ImageDisk::Write> later;
    Mounted files{image, u64{4} << 20, &later};
    ASSERT_FALSE(files.report.read_only) << files.report.why;
    check_names(history, cut, all_of(files));
    files.unmount();
    undo(image.path(), before_of(image), writes);
    undo(image.path(), before_of(image), later);
}

struct FatCrash : testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Sizes, FatCrash, testing::Values("-s 1", "-s 8"),
                         [](const auto& about) { return std::to_string(about.index); });

TEST_P(FatCrash, AfterEveryWrite) {
    const Image image{GetParam(), "34M"};
    History history;
    work(image, chance(3), 60, history);
    ASSERT_GT(history.writes.size(), 50);
    undo(image.path(), before_of(image), history.writes);
    std::mt19937 random{chance(5)};
    for (u64 cut = 0; cut <= history.writes.size() && !HasFatalFailure(); ++cut) {
        SCOPED_TRACE(cut);
        check_after(image, history, cut, true, random);
    }
    std::filesystem::remove(before_of(image));
}

TEST_P(FatCrash, WithWritesInAnyOrder) {
    const Image image{GetParam(), "34M"};
    History history;
    work(image, chance(11), 200, history);
    ASSERT_GT(history.writes.size(), 200);
    undo(image.path(), before_of(image), history.writes);
    std::mt19937 random{chance(5)};
    for (int i = 0; i < 60 && !HasFatalFailure(); ++i) {
        const u64 cut = random() % (history.writes.size() + 1);
        SCOPED_TRACE(cut);
        check_after(image, history, cut, false, random);
    }
    std::filesystem::remove(before_of(image));
}

} // namespace
} // namespace pith::fat
