#pragma once

#include "base/archive.h"
#include "proto/file.h"
#include "proto/file_badge.h"

#include <span>
#include <string>
#include <vector>

namespace pith::os::files {

/// The files of an archive as a file system that can only be read (proto::file::IsFileSystem). Directories
/// that only occur in names of files exist too. Inodes stay the same as long as the archive does.
class Tree {
  public:
    using Inode = proto::file::Inode;

    /// Borrows the archive's bytes for its own life. Entries that make no sense (`..` in a name, a file as a
    /// directory) are left out; of two files of one name the first holds, as for Archive::find. A broken
    /// archive gives what lies before the place where it is broken.
    [[nodiscard]] static Tree from(const Archive& archive);

    [[nodiscard]] Result<proto::file::Info> info(Inode inode) const;
    [[nodiscard]] Result<u32> generation(Inode inode) const {
        TRY(info(inode));
        return u32{0}; // nothing here is ever removed
    }
    [[nodiscard]] Result<Inode> lookup(Inode directory, std::string_view name) const;
    [[nodiscard]] Result<u64> read(Inode inode, u64 offset, std::span<std::byte> bytes) const;
    /// In the order of the names.
    [[nodiscard]] Result<proto::file::Entry> list(Inode directory, u64 cursor) const;
    [[nodiscard]] proto::file::SpaceReply space() const {
        return {.total = total_, .bytes = decltype(proto::file::SpaceReply::bytes)::of("initrd")};
    }

  private:
    struct Node {
        std::string name; ///< without any '/'
        bool directory;
        std::span<const std::byte> bytes;
        std::vector<Inode> children; ///< in the order of their names
    };
    Tree() { nodes_ = {{"", false, {}, {}}, {"", true, {}, {}}}; }
    void add(std::string_view path, bool directory, std::span<const std::byte> bytes);
    [[nodiscard]] Result<const Node*> node(Inode inode) const;
    [[nodiscard]] Inode make(Inode parent, std::string_view name, bool directory);

    std::vector<Node> nodes_; ///< by inode; 0 is none
    u64 total_ = 0;           ///< bytes of all files
};

} // namespace pith::os::files
