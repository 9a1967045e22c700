#pragma once

#include "base/result.h"
#include "servers/fat/format.h"

#include <string_view>

namespace pith::fat {

/// Where everything lies, as the boot sector says and as was checked against the disk. In bytes from the
/// start of the disk, where nothing else is said.
struct Geometry {
    u32 sector_bytes = 0;
    u32 cluster_bytes = 0;
    u64 fat_start = 0; ///< of the one that is read
    u64 fat_bytes = 0;
    u64 first_fat = 0; ///< of all
    u32 fats = 0;
    u32 active_fat = 0;
    bool mirrored = false; ///< all of them are kept equal
    u64 data_start = 0;
    u32 clusters = 0;
    u32 root = 0;
    u64 info_sector = 0; ///< 0: none
    /// What is read and written at once: no larger than a cluster, and none has a part of two.
    u32 block_bytes = 0;
    u64 origin = 0; ///< of block 0

    /// Whether a boot sector looks like FAT's at all.
    [[nodiscard]] static bool is_fat(ConstBlock boot);
    /// `why` says in words what is wrong.
    [[nodiscard]] static Result<Geometry> from(ConstBlock boot, u64 disk_bytes, std::string_view& why);

    [[nodiscard]] bool has_cluster(u32 cluster) const {
        return cluster >= first_cluster && cluster - first_cluster < clusters;
    }
    [[nodiscard]] u64 start_of(u32 cluster) const {
        return data_start + u64{cluster - first_cluster} * cluster_bytes;
    }
    /// The cluster in which this byte of the disk lies; `no_cluster` outside all.
    [[nodiscard]] u32 cluster_at(u64 place) const {
        if (place < data_start || (place - data_start) / cluster_bytes >= clusters) return no_cluster;
        return static_cast<u32>((place - data_start) / cluster_bytes) + first_cluster;
    }
    [[nodiscard]] u64 block_of(u64 place) const { return (place - origin) / block_bytes; }
    [[nodiscard]] u64 within_block(u64 place) const { return (place - origin) % block_bytes; }
    [[nodiscard]] u32 blocks_a_cluster() const { return cluster_bytes / block_bytes; }
    [[nodiscard]] u32 entries_a_cluster() const { return static_cast<u32>(cluster_bytes / entry_bytes); }
    [[nodiscard]] u32 entries_a_sector() const { return static_cast<u32>(sector_bytes / entry_bytes); }
};

/// More clusters than this are not kept in mind here.
inline constexpr u32 most_clusters = 2 << 20;
/// A file's number is the place of its entry, in units of 32 bytes.
inline constexpr u64 largest_disk = u64{128} << 30;

} // namespace pith::fat
