#pragma once

#include "base/result.h"
#include "servers/ext4/format.h"

namespace pith::ext4 {

/// What the superblock says that never changes, checked: everything else can count with it.
struct Geometry {
    u32 block_size;
    u64 blocks;
    u32 first_block; ///< of group 0
    u32 groups;
    u32 blocks_per_group;
    u32 inodes_per_group;
    u32 inodes;
    u32 inode_size;
    u32 first_free_inode; ///< those below are the file system's own
    u32 descriptor_size;
    u32 descriptors_at; ///< block
    u32 descriptor_blocks;
    u32 reserved_descriptor_blocks;
    u32 groups_per_flex;
    u32 seed; ///< of all checksums
    bool checksums;
    bool sparse_super;
    bool has_flex;

    /// `bad_format` where the superblock contradicts itself or the disk, `unsupported` for what is not known.
    [[nodiscard]] static Result<Geometry> from(const Superblock& super, u64 disk_bytes);

    [[nodiscard]] u64 group_start(u32 group) const { return first_block + u64{group} * blocks_per_group; }
    [[nodiscard]] u32 blocks_in(u32 group) const {
        const u64 left = blocks - group_start(group);
        return left < blocks_per_group ? static_cast<u32>(left) : blocks_per_group;
    }
    [[nodiscard]] u32 group_of_block(u64 block) const {
        return static_cast<u32>((block - first_block) / blocks_per_group);
    }
    [[nodiscard]] u32 group_of_inode(u32 inode) const { return (inode - 1) / inodes_per_group; }
    [[nodiscard]] u32 inode_table_blocks() const {
        return static_cast<u32>((u64{inodes_per_group} * inode_size + block_size - 1) / block_size);
    }
    [[nodiscard]] bool is_inode(u64 inode) const { return inode >= 1 && inode <= inodes; }
    /// Whether there are so many blocks there, behind the superblock and the group descriptors.
    [[nodiscard]] bool holds(u64 block, u64 count) const {
        const u64 begin = u64{descriptors_at} + descriptor_blocks;
        return count > 0 && block >= begin && block < blocks && count <= blocks - block;
    }
    /// Whether a group begins with a copy of the superblock and the descriptors.
    [[nodiscard]] bool has_copy(u32 group) const;
};

[[nodiscard]] u32 superblock_checksum(const Superblock& super);

} // namespace pith::ext4
