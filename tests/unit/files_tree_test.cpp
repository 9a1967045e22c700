#include "proto/file_walk.h"
#include "servers/files/tree.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace pith::os::files {
namespace {

/// A cpio archive (newc), which is easy to write.
class ArchiveWriter {
  public:
    ArchiveWriter& add(std::string_view name, std::string_view content, bool directory = false) {
        char header[111];
        std::snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u,
                      directory ? 0040755u : 0100644u, 0u, 0u, 1u, 0u, static_cast<unsigned>(content.size()),
                      0u, 0u, 0u, 0u, static_cast<unsigned>(name.size() + 1), 0u);
        bytes_ += header;
        bytes_ += name;
        bytes_ += '\0';
        pad();
        bytes_ += content;
        pad();
        return *this;
    }
    [[nodiscard]] Tree tree() {
        add("TRAILER!!!", "");
        const auto archive = Archive::open(std::as_bytes(std::span{bytes_}));
        EXPECT_TRUE(archive);
        return Tree::from(*archive);
    }

  private:
    void pad() { bytes_.resize((bytes_.size() + 3) / 4 * 4); }
    std::string bytes_;
};

using proto::file::Inode;
using proto::file::root;

Result<Inode> inode(const Tree& tree, std::string_view path, Inode from = root) {
    return proto::file::Walk{tree, from}.inode(path);
}

std::string text_of(const Tree& tree, std::string_view path) {
    const auto found = inode(tree, path);
    std::string text(100, '?');
    const auto read =
        found ? tree.read(*found, 0, std::as_writable_bytes(std::span{text})) : fail(found.error());
    return read ? text.substr(0, *read) : "error: " + std::string{describe(read.error())};
}

std::string names_in(const Tree& tree, Inode directory) {
    std::string names;
    for (auto entry = tree.list(directory, 0); entry; entry = tree.list(directory, entry->next))
        names.append(entry->bytes.view()).append(" ");
    return names;
}

TEST(FilesTree, MakesTheDirectoriesOfNames) {
    ArchiveWriter archive;
    archive.add("sys/config", "screen").add("bin/ls", "LS").add("bin/cat", "CAT").add("empty", "", true);
    const Tree tree = archive.tree();
    EXPECT_EQ(names_in(tree, root), "bin empty sys ");
    EXPECT_EQ(names_in(tree, *inode(tree, "bin")), "cat ls ");
    EXPECT_EQ(tree.info(*inode(tree, "bin"))->kind, static_cast<u64>(proto::file::Kind::directory));
    EXPECT_EQ(text_of(tree, "/sys/config"), "screen");
    EXPECT_EQ(text_of(tree, "bin//./cat"), "CAT");
    EXPECT_EQ(tree.space().total, 11);
}

TEST(FilesTree, LeadsNowhereElse) {
    ArchiveWriter archive;
    archive.add("bin/ls", "LS").add("top", "TOP").add("bin/../evil", "EVIL");
    const Tree tree = archive.tree();
    const Inode bin = *inode(tree, "bin");
    EXPECT_EQ(inode(tree, "../top", bin).error(), Error::not_found) << "above where the path starts";
    EXPECT_EQ(inode(tree, "../../ls", bin).value(), *inode(tree, "bin/ls"));
    EXPECT_EQ(text_of(tree, "bin/../top"), "TOP");
    EXPECT_EQ(text_of(tree, "evil"), "error: not found");
    EXPECT_EQ(text_of(tree, "top/x"), "error: not a directory");
    EXPECT_EQ(text_of(tree, "top/"), "error: not a directory");
    EXPECT_EQ(text_of(tree, "bin"), "error: is a directory");
    for (const u64 none : {u64{0}, u64{99}}) {
        EXPECT_EQ(tree.info(Inode{none}).error(), Error::not_found);
        EXPECT_EQ(tree.list(Inode{none}, 0).error(), Error::not_found);
    }
}

TEST(FilesTree, KeepsTheFirstOfTwo) {
    ArchiveWriter archive;
    archive.add("a", "first")
        .add("a", "second")
        .add("a/b", "below a file")
        .add("d/x", "x")
        .add("d", "a file");
    const Tree tree = archive.tree();
    EXPECT_EQ(text_of(tree, "a"), "first");
    EXPECT_EQ(text_of(tree, "d/x"), "x");
}

} // namespace
} // namespace pith::os::files
