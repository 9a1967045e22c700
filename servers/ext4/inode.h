#pragma once

#include "servers/ext4/format.h"

namespace pith::ext4 {

/// One inode, as it was read; `Inodes::save` brings it back.
struct Inode {
    u32 number = 0;
    u32 seed = 0; ///< what the checksums of its blocks begin with
    RawInode raw{};

    [[nodiscard]] u16 kind() const { return raw.mode & mode::kind_mask; }
    [[nodiscard]] bool is_directory() const { return kind() == mode::directory; }
    [[nodiscard]] bool is_file() const { return kind() == mode::file; }
    [[nodiscard]] bool is_link() const { return kind() == mode::link; }
    [[nodiscard]] bool has(u32 flag) const { return (raw.flags & flag) != 0; }
    [[nodiscard]] u64 size() const { return joined(raw.size_lo, raw.size_hi); }
    void set_size(u64 size) {
        raw.size_lo = static_cast<u32>(size);
        raw.size_hi = static_cast<u32>(size >> 32);
    }
    [[nodiscard]] u64 attributes() const { return joined(raw.attributes_lo, raw.attributes_hi); }
    /// A short symbolic link: what it says lies in the inode itself.
    [[nodiscard]] bool is_short_link() const { return is_link() && !has(inode_flags::extents); }
    /// How much of the disk it takes, in units of 512 bytes.
    [[nodiscard]] u64 sectors() const { return u64{raw.blocks_hi} << 32 | raw.blocks_lo; }
    /// False where it would become less than nothing, or more than can be written.
    [[nodiscard]] bool add_blocks(i64 blocks, u32 block_size) {
        const i64 unit = has(inode_flags::huge_file) ? 1 : block_size / 512;
        const i64 sum = static_cast<i64>(sectors()) + blocks * unit;
        if (sum < 0 || sum >> 48 != 0) return false;
        raw.blocks_lo = static_cast<u32>(sum);
        raw.blocks_hi = static_cast<u16>(sum >> 32);
        return true;
    }
    void touch(u64 seconds) {
        raw.write_time = raw.change_time = static_cast<u32>(seconds);
        raw.write_time_extra = raw.change_time_extra = static_cast<u32>(seconds >> 32 & 3);
    }
};

} // namespace pith::ext4
