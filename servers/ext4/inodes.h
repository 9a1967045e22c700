#pragma once

#include "servers/ext4/inode.h"
#include "servers/ext4/store.h"

namespace pith::ext4 {

/// The inodes' table, and which of them are in use.
class Inodes {
  public:
    explicit Inodes(Store& store) : store_{store} {}

    /// `not_found` where it was never in use. One without a name may be one that was removed.
    [[nodiscard]] Result<Inode> load(u32 number);
    /// Within an operation.
    [[nodiscard]] Result<> save(const Inode& inode);
    /// A new one, near its directory; not saved yet.
    [[nodiscard]] Result<Inode> allocate(const Inode& parent, u16 mode);
    /// It says that it has no names; its blocks are free already.
    [[nodiscard]] Result<> free(const Inode& inode);
    /// The generation of a number that may not be in use.
    [[nodiscard]] Result<u32> generation(u32 number);

  private:
    struct Place {
        BufferRef buffer;
        u64 offset;
        u64 bit; ///< in Buffer::checked
    };
    [[nodiscard]] Result<Place> place(u32 number);
    [[nodiscard]] Result<BufferRef> bitmap(u32 group, GroupDescriptor& descriptor);
    [[nodiscard]] Result<u32> find_group(u32 home, bool spread);
    [[nodiscard]] Result<u32> take(u32 group, bool directory);
    [[nodiscard]] Result<> count(u32 group, GroupDescriptor& descriptor, i32 used, i32 directories);

    Store& store_;
};

} // namespace pith::ext4
