#pragma once

#include "servers/ext4/inodes.h"

namespace pith::ext4 {

/// The list of inodes that are to become shorter, or to go, and may not get there before the power does: the
/// superblock names the first, each its next one. Whoever mounts the file system finishes the work.
class Orphans {
  public:
    Orphans(Store& store, Inodes& inodes) : store_{store}, inodes_{inodes} {}

    /// 0: there is none.
    [[nodiscard]] Result<u32> first();
    /// Changes the inode, which the caller then saves; it is not in the list.
    [[nodiscard]] Result<> add(Inode& inode);
    /// The same; it is in the list.
    [[nodiscard]] Result<> remove(Inode& inode);

  private:
    Store& store_;
    Inodes& inodes_;
};

} // namespace pith::ext4
