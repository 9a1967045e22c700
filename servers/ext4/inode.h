#pragma once

#include "base/calendar.h"
#include "servers/ext4/format.h"

#include <cstddef>

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
    /// Whether a field lies within what this inode uses; behind that are extended attributes.
    [[nodiscard]] bool reaches(u64 offset) const {
        return small_inode_size + u64{raw.extra_size} >= offset + sizeof(u32);
    }
    [[nodiscard]] WallTime modified() const {
        return time_of(raw.write_time, raw.write_time_extra, offsetof(RawInode, write_time_extra));
    }
    [[nodiscard]] WallTime changed() const {
        return time_of(raw.change_time, raw.change_time_extra, offsetof(RawInode, change_time_extra));
    }
    [[nodiscard]] WallTime accessed() const {
        return time_of(raw.access_time, raw.access_time_extra, offsetof(RawInode, access_time_extra));
    }
    [[nodiscard]] WallTime made() const {
        if (!reaches(offsetof(RawInode, birth_time))) return {};
        return time_of(raw.birth_time, raw.birth_time_extra, offsetof(RawInode, birth_time_extra));
    }
    void set_modified(WallTime now) { set(raw.write_time, raw.write_time_extra, now); }
    void set_changed(WallTime now) { set(raw.change_time, raw.change_time_extra, now); }
    void set_accessed(WallTime now) { set(raw.access_time, raw.access_time_extra, now); }
    void set_made(WallTime now) { set(raw.birth_time, raw.birth_time_extra, now); }
    /// What it holds is otherwise now.
    void touch(WallTime now) {
        set_modified(now);
        set_changed(now);
    }

  private:
    /// 32 bits of seconds with a sign; the extra word has two more, which count up from there, and
    /// nanoseconds.
    static constexpr u32 epoch_bits = 2;

    [[nodiscard]] WallTime time_of(u32 low, u32 extra, u64 extra_at) const {
        if (!reaches(extra_at)) extra = 0;
        const i64 seconds = i64{static_cast<i32>(low)} + (i64{extra & 3} << 32);
        const u32 nanoseconds = extra >> epoch_bits;
        if (seconds < 0 || nanoseconds >= WallTime::second) return {};
        return {{static_cast<u64>(seconds) * WallTime::second + nanoseconds}};
    }
    static void set(u32& low, u32& extra, WallTime now) {
        const u64 seconds = now.seconds();
        low = static_cast<u32>(seconds);
        const u64 epoch = (seconds + (u64{1} << 31)) >> 32;
        extra = static_cast<u32>(now.raw % WallTime::second << epoch_bits | (epoch & 3));
    }
};

} // namespace pith::ext4
