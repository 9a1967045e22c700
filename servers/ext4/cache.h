#pragma once

#include "servers/disk_files/cache.h"

namespace pith::ext4 {

using namespace disk_files;

/// What lies in a block: how it is checked when it comes from the disk, and sealed before it goes there.
enum class Content : u8 {
    data,         ///< of a file; or not known yet
    super,        ///< the superblock lies in it
    descriptors,  ///< of groups
    block_bitmap, ///< `owner`: the group
    inode_bitmap, ///< `owner`: the group
    inodes,       ///< `owner`: the first inode
    extents,      ///< from here on `owner` is what the checksum begins with, which tells inodes apart
    entries,      ///< of a directory
    index,        ///< of a directory
    attributes,
};

/// What is known of a block in memory.
struct Note {
    Content content = Content::data;
    u32 owner = 0;
    u64 checked = 0;      ///< not 0: its content was found in order; of inodes, one bit each
    bool running = false; ///< changed in the transaction that runs
    bool logged = false;  ///< the journal has it, but not the block itself
    u64 touched_by = 0;   ///< the last operation that changed it

    [[nodiscard]] bool is_kept() const { return running || logged; }
};
using Buffer = disk_files::Buffer<Note>;
using BufferRef = disk_files::BufferRef<Note>;
using Cache = disk_files::Cache<Note>;

} // namespace pith::ext4
