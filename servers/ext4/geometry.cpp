#include "servers/ext4/geometry.h"

#include "servers/ext4/crc32c.h"
#include "servers/ext4/features.h"

#include <cstddef>

namespace pith::ext4 {
namespace {

bool is_power_of(u32 n, u32 base) {
    while (n % base == 0)
        n /= base;
    return n == 1;
}

Result<> check_sizes(const Superblock& super) {
    if ((super.feature_incompat & incompat::filetype) == 0) return fail(Error::unsupported);
    if (super.log_block_size > 2) return fail(Error::unsupported); // larger than a page
    const u32 block_size = 1024U << super.log_block_size;
    if (super.log_cluster_size != super.log_block_size) return fail(Error::unsupported);
    if (super.first_data_block != (block_size == 1024 ? 1U : 0U)) return fail(Error::bad_format);
    const u32 inode_size = super.revision == 0 ? small_inode_size : super.inode_size;
    if (inode_size < small_inode_size || inode_size > block_size || !std::has_single_bit(inode_size))
        return fail(Error::bad_format);
    const u32 bits = block_size * 8; // a bitmap is one block
    if (super.blocks_per_group < 8 || super.blocks_per_group > bits || super.blocks_per_group % 8 != 0)
        return fail(Error::bad_format);
    if (super.inodes_per_group < 8 || super.inodes_per_group > bits || super.inodes_per_group % 8 != 0)
        return fail(Error::bad_format);
    return {};
}

} // namespace

u32 superblock_checksum(const Superblock& super) {
    return crc32c(~u32{0}, bytes_of(super).first(offsetof(Superblock, checksum)));
}

Result<Geometry> Geometry::from(const Superblock& super, u64 disk_bytes) {
    if (super.magic != superblock_magic) return fail(Error::bad_format);
    if (unknown_to_read(super).feature != 0) return fail(Error::unsupported);
    TRY(check_sizes(super));
    Geometry g{};
    g.checksums = (super.feature_ro_compat & ro_compat::metadata_csum) != 0;
    if (g.checksums && (super.checksum_type != 1 || super.checksum != superblock_checksum(super)))
        return fail(Error::bad_format);
    const bool wide = (super.feature_incompat & incompat::bits64) != 0;
    g.block_size = 1024U << super.log_block_size;
    g.blocks = joined(super.blocks_count_lo, wide ? super.blocks_count_hi : 0);
    g.first_block = super.first_data_block;
    g.blocks_per_group = super.blocks_per_group;
    g.inodes_per_group = super.inodes_per_group;
    g.inodes = super.inodes_count;
    g.inode_size = super.revision == 0 ? small_inode_size : super.inode_size;
    g.first_free_inode = super.revision == 0 ? 11 : super.first_inode;
    if (g.blocks <= g.first_block || g.blocks > disk_bytes / g.block_size) return fail(Error::bad_format);
    const u64 groups = (g.blocks - g.first_block + g.blocks_per_group - 1) / g.blocks_per_group;
    if (groups * g.inodes_per_group != g.inodes || g.inodes < root_inode) return fail(Error::bad_format);
    g.groups = static_cast<u32>(groups);
    g.descriptor_size = wide ? super.descriptor_size : 32;
    if (g.descriptor_size != 32 && g.descriptor_size != 64) return fail(Error::unsupported);
    g.descriptors_at = g.first_block + 1;
    const u64 descriptor_bytes = groups * g.descriptor_size;
    g.descriptor_blocks = static_cast<u32>((descriptor_bytes + g.block_size - 1) / g.block_size);
    g.reserved_descriptor_blocks = super.reserved_descriptors;
    if (u64{g.descriptors_at} + g.descriptor_blocks >= g.blocks) return fail(Error::bad_format);
    g.has_flex = (super.feature_incompat & incompat::flex_bg) != 0;
    if (super.log_groups_per_flex > 31) return fail(Error::bad_format);
    g.groups_per_flex = g.has_flex ? 1U << super.log_groups_per_flex : 1;
    g.sparse_super = (super.feature_ro_compat & ro_compat::sparse_super) != 0;
    g.seed = (super.feature_incompat & incompat::csum_seed) != 0 ? super.checksum_seed
                                                                 : crc32c(~u32{0}, super.uuid);
    return g;
}

bool Geometry::has_copy(u32 group) const {
    if (group <= 1 || !sparse_super) return true;
    return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

} // namespace pith::ext4
