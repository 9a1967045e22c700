#pragma once

#include "servers/disk_files/bytes.h"

#include <array>

/// What jbd2 puts into the journal: numbers with their highest byte first.
namespace pith::ext4 {

using namespace disk_files;

inline constexpr u32 journal_magic = 0xc03b'3998;

enum class JournalBlock : u32 { descriptor = 1, commit = 2, super_v1 = 3, super_v2 = 4, revoke = 5 };

struct JournalHeader {
    Be32 magic;
    Be32 kind; ///< JournalBlock
    Be32 sequence;
};
static_assert(sizeof(JournalHeader) == 12);

struct JournalSuper {
    JournalHeader header;
    Be32 block_size;
    Be32 blocks;
    Be32 first;
    Be32 sequence; ///< of the first transaction in the log
    Be32 start;    ///< where it begins; 0: the log is empty
    Be32 error;
    Be32 feature_compat;
    Be32 feature_incompat;
    Be32 feature_ro_compat;
    std::array<u8, 16> uuid;
    Be32 users;
    Be32 dynamic_super;
    Be32 most_transaction;
    Be32 most_data;
    u8 checksum_type;
    std::array<u8, 3> padding;
    Be32 fast_commit_blocks;
    Be32 head;
    std::array<u8, 0xfc - 0x5c> unused;
    Be32 checksum;
    std::array<u8, 768> user_uuids;
};
static_assert(sizeof(JournalSuper) == 1024);

namespace journal_features {
inline constexpr u32 revoke = 1;
inline constexpr u32 bits64 = 2;
inline constexpr u32 async_commit = 4;
inline constexpr u32 checksum_v2 = 8;
inline constexpr u32 checksum_v3 = 0x10;
inline constexpr u32 known = revoke | bits64 | async_commit | checksum_v2 | checksum_v3;
inline constexpr u8 crc32c_type = 4;
} // namespace journal_features

namespace tag_flags {
inline constexpr u32 escaped = 1; ///< the block began with journal_magic, which zeros stand for
inline constexpr u32 same_uuid = 2;
inline constexpr u32 deleted = 4;
inline constexpr u32 last = 8;
} // namespace tag_flags

struct TagV3 {
    Be32 block_lo;
    Be32 flags;
    Be32 block_hi;
    Be32 checksum;
};
struct Tag { ///< the last two words only with 64-bit numbers, or, at v2 checksums, two bytes further
    Be32 block_lo;
    Be16 checksum;
    Be16 flags;
    Be32 block_hi;
};
static_assert(sizeof(TagV3) == 16 && sizeof(Tag) == 12);

struct RevokeHeader {
    JournalHeader header;
    Be32 bytes; ///< that are used, these included
};
static_assert(sizeof(RevokeHeader) == 16);

struct CommitBlock {
    JournalHeader header;
    u8 checksum_type;
    u8 checksum_size;
    std::array<u8, 2> padding;
    std::array<Be32, 8> checksum;
    BigEndian<u64> seconds;
    Be32 nanoseconds;
};
inline constexpr u32 commit_checksum_offset = 16;

} // namespace pith::ext4
