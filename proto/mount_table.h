#pragma once

#include "base/table_text.h"

#include <vector>

/// What is mounted at the start: `sys/mounted` of the initrd, and `etc/mounts` in /home of who lives there.
/// One line, one mount; `#` starts a comment:
///
///   DISK  PATH  TYPE  OPTION…
///   data  /data  auto  ro optional
///
/// DISK is a name that `disks` shows (`disk0p2`), a partition's own name, `@efi` or `@data`
/// (proto/devices.h); TYPE `auto`, `ext4` or `fat32`; OPTION `ro`, or `optional`: that the disk is not there
/// is not worth a line in the log.
namespace pith::proto::mount_table {

struct Entry {
    u64 line;
    std::string_view disk;
    std::string_view path; ///< in normal form
    std::string_view type; ///< one of `types`
    bool read_only = false;
    bool optional = false;
};
struct Table {
    std::vector<Entry> entries;
    std::vector<TableMistake> mistakes; ///< lines that are passed over
};

inline constexpr u64 most_entries = 8;
/// Words of a file server's arguments (servers/disk_files).
inline constexpr std::string_view any_type = "auto", ext4_type = "ext4", fat32_type = "fat32";
inline constexpr std::string_view read_only_word = "ro", optional_word = "optional";

/// The badge by which the device server knows whom entry number `index` of sys/mounted starts.
[[nodiscard]] constexpr u64 badge_of(u64 index) { return 0x1000 + index; }

/// The result borrows the text.
[[nodiscard]] Table parse(std::string_view text);

} // namespace pith::proto::mount_table
