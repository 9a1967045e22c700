#pragma once

#include "servers/disk_files/bytes.h"

#include <array>

/// What ext4 puts on a disk, as the kernel's documentation (Documentation/filesystems/ext4) describes it. All
/// numbers have their lowest byte first.
namespace pith::ext4 {

using namespace disk_files;

inline constexpr u64 superblock_offset = 1024;
inline constexpr u16 superblock_magic = 0xef53;
inline constexpr u32 root_inode = 2;
inline constexpr u32 most_name_bytes = 255;

struct Superblock {
    u32 inodes_count;
    u32 blocks_count_lo;
    u32 reserved_blocks_lo;
    u32 free_blocks_lo;
    u32 free_inodes;
    u32 first_data_block;
    u32 log_block_size;
    u32 log_cluster_size;
    u32 blocks_per_group;
    u32 clusters_per_group;
    u32 inodes_per_group;
    u32 mount_time;
    u32 write_time;
    u16 mount_count;
    u16 most_mounts;
    u16 magic;
    u16 state;
    u16 errors;
    u16 minor_revision;
    u32 last_check;
    u32 check_interval;
    u32 creator;
    u32 revision;
    u16 reserved_user;
    u16 reserved_group;
    u32 first_inode;
    u16 inode_size;
    u16 group_number;
    u32 feature_compat;
    u32 feature_incompat;
    u32 feature_ro_compat;
    std::array<u8, 16> uuid;
    std::array<char, 16> volume_name;
    std::array<char, 64> last_mounted;
    u32 algorithms;
    u8 preallocate_blocks;
    u8 preallocate_directory;
    u16 reserved_descriptors;
    std::array<u8, 16> journal_uuid;
    u32 journal_inode;
    u32 journal_device;
    u32 last_orphan;
    std::array<u32, 4> hash_seed;
    u8 hash_version;
    u8 journal_backup_type;
    u16 descriptor_size;
    u32 mount_options;
    u32 first_meta_group;
    u32 made_time;
    std::array<u32, 17> journal_blocks;
    u32 blocks_count_hi;
    u32 reserved_blocks_hi;
    u32 free_blocks_hi;
    u16 least_extra_size;
    u16 wanted_extra_size;
    u32 flags;
    u16 raid_stride;
    u16 mmp_interval;
    u64 mmp_block;
    u32 raid_stripe_width;
    u8 log_groups_per_flex;
    u8 checksum_type;
    u16 encryption_and_padding;
    u64 kib_written;
    std::array<u8, 0x270 - 0x180> unused;
    u32 checksum_seed;
    std::array<u8, 0x3fc - 0x274> unused_too;
    u32 checksum;
};
static_assert(sizeof(Superblock) == 1024);

inline constexpr u16 state_valid = 1;
inline constexpr u16 state_errors = 2;
inline constexpr u32 flag_unsigned_hash = 2;

namespace compat {
inline constexpr u32 has_journal = 4;
inline constexpr u32 dir_index = 0x20;
} // namespace compat
namespace incompat {
inline constexpr u32 filetype = 2;
inline constexpr u32 recover = 4;
inline constexpr u32 extents = 0x40;
inline constexpr u32 bits64 = 0x80;
inline constexpr u32 flex_bg = 0x200;
inline constexpr u32 csum_seed = 0x2000;
} // namespace incompat
namespace ro_compat {
inline constexpr u32 sparse_super = 1;
inline constexpr u32 large_file = 2;
inline constexpr u32 btree_dir = 4;
inline constexpr u32 huge_file = 8;
inline constexpr u32 dir_nlink = 0x20;
inline constexpr u32 extra_isize = 0x40;
inline constexpr u32 metadata_csum = 0x400;
} // namespace ro_compat

/// One group of blocks. Of 32 bytes where there are no 64-bit block numbers: then the upper half is zero.
struct GroupDescriptor {
    u32 block_bitmap_lo;
    u32 inode_bitmap_lo;
    u32 inode_table_lo;
    u16 free_blocks_lo;
    u16 free_inodes_lo;
    u16 directories_lo;
    u16 flags;
    u32 exclude_bitmap_lo;
    u16 block_bitmap_checksum_lo;
    u16 inode_bitmap_checksum_lo;
    u16 unused_inodes_lo;
    u16 checksum;
    u32 block_bitmap_hi;
    u32 inode_bitmap_hi;
    u32 inode_table_hi;
    u16 free_blocks_hi;
    u16 free_inodes_hi;
    u16 directories_hi;
    u16 unused_inodes_hi;
    u32 exclude_bitmap_hi;
    u16 block_bitmap_checksum_hi;
    u16 inode_bitmap_checksum_hi;
    u32 reserved;
};
static_assert(sizeof(GroupDescriptor) == 64);

namespace group_flags {
inline constexpr u16 inodes_unused = 1; ///< the inode bitmap and table were never written
inline constexpr u16 blocks_unused = 2; ///< the block bitmap was never written
} // namespace group_flags

/// The part of an inode that this system knows; what follows belongs to extended attributes.
struct RawInode {
    u16 mode;
    u16 user_lo;
    u32 size_lo;
    u32 access_time;
    u32 change_time;
    u32 write_time;
    u32 delete_time; ///< of an orphan, the next one
    u16 group_lo;
    u16 links;
    u32 blocks_lo;
    u32 flags;
    u32 version_lo;
    std::array<std::byte, 60> content;
    u32 generation;
    u32 attributes_lo;
    u32 size_hi;
    u32 fragment;
    u16 blocks_hi;
    u16 attributes_hi;
    u16 user_hi;
    u16 group_hi;
    u16 checksum_lo;
    u16 reserved;
    u16 extra_size;
    u16 checksum_hi;
    u32 change_time_extra;
    u32 write_time_extra;
    u32 access_time_extra;
    u32 birth_time;
    u32 birth_time_extra;
    u32 version_hi;
    u32 project;
};
static_assert(sizeof(RawInode) == 160);
inline constexpr u32 small_inode_size = 128;

namespace mode {
inline constexpr u16 kind_mask = 0xf000;
inline constexpr u16 directory = 0x4000;
inline constexpr u16 file = 0x8000;
inline constexpr u16 link = 0xa000;
} // namespace mode
namespace inode_flags {
inline constexpr u32 immutable = 0x10;
inline constexpr u32 append_only = 0x20;
inline constexpr u32 no_access_time = 0x80;
inline constexpr u32 indexed = 0x1000;
inline constexpr u32 huge_file = 0x4'0000;
inline constexpr u32 extents = 0x8'0000;
} // namespace inode_flags

struct ExtentHeader {
    u16 magic;
    u16 entries;
    u16 most;
    u16 depth;
    u32 generation;
};
struct Extent {
    u32 first;
    u16 length; ///< above 32768: that much less, and never written
    u16 start_hi;
    u32 start_lo;
};
struct ExtentIndex {
    u32 first;
    u32 node_lo;
    u16 node_hi;
    u16 unused;
};
static_assert(sizeof(ExtentHeader) == 12 && sizeof(Extent) == 12 && sizeof(ExtentIndex) == 12);
inline constexpr u16 extent_magic = 0xf30a;
inline constexpr u32 longest_extent = 32768;
inline constexpr u32 longest_unwritten_extent = 32767;
inline constexpr u16 deepest_extent_tree = 5;

struct DirectoryEntry { ///< the name follows
    u32 inode;
    u16 length;
    u8 name_length;
    u8 kind;
};
static_assert(sizeof(DirectoryEntry) == 8);
/// At the end of a block of entries, where there are checksums: looks like an entry without a name.
struct DirectoryTail {
    u32 zero;
    u16 length;
    u8 name_length;
    u8 kind;
    u32 checksum;
};
static_assert(sizeof(DirectoryTail) == 12);
inline constexpr u8 directory_tail_kind = 0xde;
namespace entry_kind {
inline constexpr u8 file = 1;
inline constexpr u8 directory = 2;
inline constexpr u8 link = 7;
} // namespace entry_kind

/// In the first block of an indexed directory, behind the entries `.` and `..`.
struct IndexRoot {
    u32 zero;
    u8 hash_version;
    u8 length;
    u8 levels;
    u8 flags;
};
inline constexpr u32 index_root_offset = 24;
inline constexpr u32 index_root_entries = 32;
inline constexpr u32 index_node_entries = 8;
struct IndexEntry { ///< the first one's hash is how many there can be and how many there are
    u32 hash;
    u32 block;
};
struct IndexCount {
    u16 limit;
    u16 count;
};
static_assert(sizeof(IndexRoot) == 8 && sizeof(IndexEntry) == 8 && sizeof(IndexCount) == 4);

struct AttributeHeader {
    u32 magic;
    u32 references;
    u32 blocks;
    u32 hash;
    u32 checksum;
    std::array<u32, 3> reserved;
};
inline constexpr u32 attribute_magic = 0xea02'0000;

} // namespace pith::ext4
