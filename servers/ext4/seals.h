#pragma once

#include "servers/ext4/cache.h"
#include "servers/ext4/geometry.h"

namespace pith::ext4 {

/// The checksums of everything but file data: whether they are right, and making them so.
class Seals {
  public:
    Seals(const Geometry& geometry, Cache& cache) : geometry_{geometry}, cache_{cache} {}

    /// `bad_format` where the checksum is wrong. Inodes have their own (`inode_is_right`).
    [[nodiscard]] Result<> check(const Buffer& buffer);
    /// Puts the checksum where it belongs: before the block goes to the journal. A bitmap's lies in its
    /// group's descriptor, which has changed in the same transaction.
    void seal(Buffer& buffer);

    /// What the checksums of an inode, its extents and entries begin with.
    [[nodiscard]] u32 seed_of(u32 inode, u32 generation) const;
    [[nodiscard]] bool inode_is_right(u32 inode, ConstBlock bytes) const;
    void seal_inode(u32 inode, Block bytes) const;

    [[nodiscard]] Result<GroupDescriptor> descriptor(u32 group);
    [[nodiscard]] u64 descriptor_block(u32 group) const {
        return geometry_.descriptors_at + group / per_block();
    }
    void put_descriptor(Buffer& buffer, u32 group, GroupDescriptor descriptor) const;

  private:
    [[nodiscard]] u32 per_block() const { return geometry_.block_size / geometry_.descriptor_size; }
    [[nodiscard]] GroupDescriptor get_descriptor(const Buffer& buffer, u32 group) const;
    [[nodiscard]] u16 checksum_of(u32 group, GroupDescriptor descriptor) const;
    [[nodiscard]] Result<> check_descriptors(const Buffer& buffer) const;
    [[nodiscard]] Result<> check_bitmap(const Buffer& buffer);
    [[nodiscard]] u32 bitmap_checksum(const Buffer& buffer) const;
    void seal_bitmap(const Buffer& buffer);
    [[nodiscard]] u32 inode_checksum(u32 inode, ConstBlock bytes) const;

    Geometry geometry_;
    Cache& cache_;
};

/// Where an index block's entries begin, and the checksum's own offset; `bad_format` if they are not inside.
struct IndexPlace {
    u32 entries;
    IndexCount count;
    [[nodiscard]] static Result<IndexPlace> of(ConstBlock block, bool with_checksum);
    [[nodiscard]] u32 tail() const { return entries + u32{count.limit} * 8; }
};

} // namespace pith::ext4
