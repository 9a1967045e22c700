#pragma once

#include "base/archive.h"

#include <span>
#include <string>
#include <vector>

namespace pith::os::files {

/// A number that names a file or directory of the tree, for as long as the archive stays the same.
using Inode = Strong<struct InodeTag>;

struct Node {
    std::string name; ///< without any '/'
    Inode parent;
    bool directory;
    std::span<const std::byte> bytes;
    std::vector<Inode> children; ///< in the order of their names
};

/// The files of an archive as a tree. Directories that only occur in names of files exist too.
class Tree {
  public:
    static constexpr Inode root{0};

    /// Borrows the archive's bytes for its own life. Entries that make no sense (`..` in a name, a file as a
    /// directory) are left out; of two files of one name the first holds, as for Archive::find. A broken
    /// archive gives what lies before the place where it is broken.
    [[nodiscard]] static Tree from(const Archive& archive);

    /// Null where there is no such inode.
    [[nodiscard]] const Node* node(Inode inode) const;
    /// What lies at `path` below `from`. `..` leads no higher than `from`.
    [[nodiscard]] Result<Inode> resolve(Inode from, std::string_view path) const;

  private:
    Tree() { nodes_.push_back({"", root, true, {}, {}}); }
    void add(std::string_view path, bool directory, std::span<const std::byte> bytes);
    [[nodiscard]] Result<Inode> child(Inode parent, std::string_view name) const;
    [[nodiscard]] Inode make(Inode parent, std::string_view name, bool directory);

    std::vector<Node> nodes_;
};

} // namespace pith::os::files
