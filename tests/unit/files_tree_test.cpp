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

std::string text_of(const Tree& tree, std::string_view path) {
    const auto inode = tree.resolve(Tree::root, path);
    if (!inode) return "error: " + std::string{describe(inode.error())};
    const auto bytes = tree.node(*inode)->bytes;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(FilesTree, MakesTheDirectoriesOfNames) {
    ArchiveWriter archive;
    archive.add("sys/config", "screen").add("bin/ls", "LS").add("bin/cat", "CAT").add("empty", "", true);
    const Tree tree = archive.tree();
    const Node& root = *tree.node(Tree::root);
    ASSERT_EQ(root.children.size(), 3u);
    EXPECT_EQ(tree.node(root.children[0])->name, "bin");
    EXPECT_EQ(tree.node(root.children[1])->name, "empty");
    EXPECT_EQ(tree.node(root.children[2])->name, "sys");
    EXPECT_TRUE(tree.node(root.children[0])->directory);
    EXPECT_EQ(text_of(tree, "/sys/config"), "screen");
    EXPECT_EQ(text_of(tree, "bin//./cat"), "CAT");
}

TEST(FilesTree, LeadsNowhereElse) {
    ArchiveWriter archive;
    archive.add("bin/ls", "LS").add("top", "TOP").add("bin/../evil", "EVIL");
    const Tree tree = archive.tree();
    const Inode bin = *tree.resolve(Tree::root, "bin");
    EXPECT_EQ(tree.resolve(bin, "../top").error(), Error::not_found) << "above where the path starts";
    EXPECT_EQ(tree.resolve(bin, "../../ls").value(), *tree.resolve(Tree::root, "bin/ls"));
    EXPECT_EQ(text_of(tree, "bin/../top"), "TOP");
    EXPECT_EQ(text_of(tree, "evil"), "error: not found");
    EXPECT_EQ(text_of(tree, "top/x"), "error: not a directory");
    EXPECT_EQ(text_of(tree, "top/"), "error: not a directory");
    EXPECT_EQ(tree.resolve(Inode{99}, "").error(), Error::not_found);
    EXPECT_EQ(tree.node(Inode{99}), nullptr);
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
