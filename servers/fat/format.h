#pragma once

#include "base/calendar.h"
#include "servers/disk_files/bytes.h"

#include <array>

/// What FAT32 puts on a disk, as Microsoft's "FAT32 File System Specification" (version 1.03) describes it.
/// All numbers have their lowest byte first.
namespace pith::fat {

using namespace disk_files;

/// Where the boot sector's fields lie: many of them on odd bytes.
namespace boot {
inline constexpr u64 size = 512; ///< all of it that means something, whatever the sector's size
inline constexpr u64 jump = 0, sector_bytes = 11, cluster_sectors = 13, reserved_sectors = 14, fats = 16,
                     root_entries = 17, sectors_16 = 19, fat_sectors_16 = 22, sectors_32 = 32,
                     fat_sectors_32 = 36, flags = 40, version = 42, root_cluster = 44, info_sector = 48,
                     state = 65, signature = 510;
inline constexpr u16 right_signature = 0xaa55;
/// Of `flags`.
inline constexpr u16 one_fat_only = 0x80, active_fat = 0x0f;
/// Of `state`: other systems mark here, too, that the disk was not left in order.
inline constexpr u8 state_dirty = 1;
} // namespace boot

/// The sector that keeps the count of free clusters.
namespace info {
inline constexpr u64 lead = 0, structure = 484, free_count = 488, next_free = 492, trail = 508;
inline constexpr u32 right_lead = 0x4161'5252, right_structure = 0x6141'7272, right_trail = 0xaa55'0000;
} // namespace info

/// Entries of the allocation table. Their upper four bits mean nothing and stay as they are.
namespace link {
inline constexpr u32 mask = 0x0fff'ffff;
inline constexpr u32 free = 0;
inline constexpr u32 bad = 0x0fff'fff7;
inline constexpr u32 least_end = 0x0fff'fff8;
inline constexpr u32 end = 0x0fff'ffff;
/// Of the second entry, which belongs to no cluster.
inline constexpr u32 left_in_order = 0x0800'0000, no_errors = 0x0400'0000;
} // namespace link
inline constexpr u32 first_cluster = 2;
/// No cluster at all: of empty files, and behind the last.
inline constexpr u32 no_cluster = 0;

namespace attribute {
inline constexpr u8 read_only = 0x01, label = 0x08, directory = 0x10, archive = 0x20, long_name = 0x0f,
                    mask = 0x3f;
}

/// A directory's entry: all names are made of these.
struct Entry {
    std::array<u8, 11> name;
    u8 attributes;
    u8 flags; ///< bits below, and ours: `moves`
    u8 made_hundredths;
    u16 made_time;
    u16 made_date;
    u16 read_date;
    u16 cluster_hi;
    u16 write_time;
    u16 write_date;
    u16 cluster_lo;
    u32 bytes;

    static constexpr u8 deleted = 0xe5; ///< first byte of the name: not in use
    static constexpr u8 last = 0;       ///< ... nor anything behind it
    static constexpr u8 means_e5 = 0x05;
    static constexpr u8 lower_base = 0x08, lower_extension = 0x10;
    /// How often the file was moved, modulo 4: of two names that an unclean stop left to one file, the later
    /// one is ahead by one. Nobody else gives these bits a meaning.
    static constexpr u8 moves = 0xc0, one_move = 0x40;

    [[nodiscard]] bool is_free() const { return name[0] == deleted || name[0] == last; }
    [[nodiscard]] bool is_last() const { return name[0] == last; }
    [[nodiscard]] bool is_part_of_long_name() const {
        return (attributes & attribute::mask) == attribute::long_name;
    }
    [[nodiscard]] bool is_label() const {
        return !is_part_of_long_name() && (attributes & attribute::label) != 0;
    }
    [[nodiscard]] bool is_directory() const { return (attributes & attribute::directory) != 0; }
    /// `.` or `..`, which every directory but the root begins with.
    [[nodiscard]] bool is_dots() const { return name[0] == '.'; }
    [[nodiscard]] WallTime modified() const { return time_of(write_date, write_time, 0); }
    [[nodiscard]] WallTime accessed() const { return time_of(read_date, 0, 0); }
    [[nodiscard]] WallTime made() const { return time_of(made_date, made_time, made_hundredths); }
    /// These do nothing where the time is not known or the format cannot tell it.
    void set_modified(WallTime now) { static_cast<void>(split(now, write_date, write_time)); }
    void set_accessed(WallTime now) {
        u16 unused = 0;
        static_cast<void>(split(now, read_date, unused));
    }
    void set_made(WallTime now) {
        if (split(now, made_date, made_time))
            made_hundredths = static_cast<u8>(now.raw / (WallTime::second / 100) % 200);
    }
    [[nodiscard]] u32 cluster() const { return joined16(cluster_lo, cluster_hi) & link::mask; }
    void set_cluster(u32 cluster) {
        cluster_lo = static_cast<u16>(cluster);
        cluster_hi = static_cast<u16>(cluster >> 16);
    }

  private:
    static constexpr u32 first_year = 1980, last_year = 2107;

    /// Bits: year 7, month 4, day 5; hour 5, minute 6, two seconds 5.
    [[nodiscard]] static WallTime time_of(u16 date, u16 time, u8 hundredths) {
        const Calendar moment{.year = first_year + (date >> 9),
                              .month = date >> 5 & 15U,
                              .day = date & 31U,
                              .hour = static_cast<u32>(time >> 11),
                              .minute = time >> 5 & 63U,
                              .second = (time & 31U) * 2 + hundredths / 100U};
        auto known = moment.time();
        if (known) known->raw += hundredths % 100 * (WallTime::second / 100);
        return known.value_or(WallTime{});
    }
    [[nodiscard]] static bool split(WallTime now, u16& date, u16& time) {
        const Calendar moment = Calendar::of(now);
        if (moment.year < first_year || moment.year > last_year) return false;
        date = static_cast<u16>((moment.year - first_year) << 9 | moment.month << 5 | moment.day);
        time = static_cast<u16>(moment.hour << 11 | moment.minute << 5 | moment.second / 2);
        return true;
    }
};
static_assert(sizeof(Entry) == 32);
inline constexpr u64 entry_bytes = sizeof(Entry);
/// No directory is longer.
inline constexpr u32 most_entries = 65'536;

/// A piece of a long name; the pieces stand before the entry that they belong to, the last piece first.
struct NamePiece {
    static constexpr u8 last = 0x40, ordinal = 0x3f;
    static constexpr u32 units = 13;
    std::array<u8, entry_bytes> raw;

    [[nodiscard]] u8 number() const { return raw[0]; }
    [[nodiscard]] u8 sum() const { return raw[13]; }
    /// Where unit `n` of UTF-16 lies.
    [[nodiscard]] static constexpr u32 place(u32 n) {
        return n < 5 ? 1 + 2 * n : n < 11 ? 14 + 2 * (n - 5) : 28 + 2 * (n - 11);
    }
    [[nodiscard]] char16_t unit(u32 n) const {
        return static_cast<char16_t>(raw[place(n)] | raw[place(n) + 1] << 8);
    }
    void set_unit(u32 n, char16_t value) {
        raw[place(n)] = static_cast<u8>(value);
        raw[place(n) + 1] = static_cast<u8>(value >> 8);
    }
};
static_assert(sizeof(NamePiece) == entry_bytes);
inline constexpr u32 most_name_units = 255;
inline constexpr u32 most_pieces = 20;

inline constexpr u64 largest_file = 0xffff'ffff;
/// 1 January 1980, where time begins here.
inline constexpr u16 first_date = 0x0021;

} // namespace pith::fat
