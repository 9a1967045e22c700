#include "servers/fat/geometry.h"

#include <algorithm>
#include <bit>

namespace pith::fat {
namespace {

bool is_power(u32 value, u32 least, u32 most) {
    return std::has_single_bit(value) && value >= least && value <= most;
}

/// The largest blocks, up to a page, that no cluster's edge cuts.
void choose_blocks(Geometry& g) {
    constexpr u32 most = 4096;
    g.block_bytes = std::min(g.cluster_bytes, most);
    while (g.data_start % g.block_bytes > g.first_fat)
        g.block_bytes /= 2;
    g.origin = g.data_start % g.block_bytes;
}

} // namespace

bool Geometry::is_fat(ConstBlock sector) {
    const u8 jump = load<u8>(sector, boot::jump);
    return load<u16>(sector, boot::signature) == boot::right_signature && (jump == 0xeb || jump == 0xe9) &&
           is_power(load<u16>(sector, boot::sector_bytes), 512, 4096) &&
           is_power(load<u8>(sector, boot::cluster_sectors), 1, 128) &&
           load<u16>(sector, boot::reserved_sectors) != 0 && load<u8>(sector, boot::fats) != 0;
}

Result<Geometry> Geometry::from(ConstBlock sector, u64 disk_bytes, std::string_view& why) {
    const auto refuse = [&](Error error, std::string_view reason) {
        why = reason;
        return fail(error);
    };
    if (!is_fat(sector)) return refuse(Error::bad_format, "it has no boot sector");
    if (load<u16>(sector, boot::fat_sectors_16) != 0 || load<u16>(sector, boot::root_entries) != 0)
        return refuse(Error::unsupported, "it is FAT12 or FAT16, and not FAT32");
    if (load<u16>(sector, boot::version) != 0) return refuse(Error::unsupported, "its version is unknown");

    Geometry g;
    g.sector_bytes = load<u16>(sector, boot::sector_bytes);
    g.cluster_bytes = g.sector_bytes * load<u8>(sector, boot::cluster_sectors);
    if (g.cluster_bytes > 64 << 10) return refuse(Error::bad_format, "its clusters are too large");
    g.fats = load<u8>(sector, boot::fats);
    g.first_fat = u64{load<u16>(sector, boot::reserved_sectors)} * g.sector_bytes;
    g.fat_bytes = u64{load<u32>(sector, boot::fat_sectors_32)} * g.sector_bytes;
    u64 sectors = load<u32>(sector, boot::sectors_32);
    if (sectors == 0) sectors = load<u16>(sector, boot::sectors_16);
    const u64 bytes = sectors * g.sector_bytes;
    if (bytes > disk_bytes) return refuse(Error::bad_format, "it is larger than the disk");
    g.data_start = g.first_fat + g.fats * g.fat_bytes;
    if (g.fat_bytes == 0 || g.data_start >= bytes)
        return refuse(Error::bad_format, "it has no room for files");
    const u64 clusters = (bytes - g.data_start) / g.cluster_bytes;
    if (clusters == 0 || (clusters + first_cluster) * sizeof(u32) > g.fat_bytes)
        return refuse(Error::bad_format, "its allocation table is too short");
    if (clusters > most_clusters || bytes > largest_disk)
        return refuse(Error::unsupported, "it is too large");
    g.clusters = static_cast<u32>(clusters);

    const u16 flags = load<u16>(sector, boot::flags);
    g.mirrored = (flags & boot::one_fat_only) == 0;
    g.active_fat = g.mirrored ? 0 : flags & boot::active_fat;
    if (g.active_fat >= g.fats) return refuse(Error::bad_format, "its allocation table is not there");
    g.fat_start = g.first_fat + g.active_fat * g.fat_bytes;
    g.root = load<u32>(sector, boot::root_cluster);
    if (!g.has_cluster(g.root)) return refuse(Error::bad_format, "it has no root directory");
    const u64 info = u64{load<u16>(sector, boot::info_sector)} * g.sector_bytes;
    if (info != 0 && info < g.first_fat) g.info_sector = info;
    choose_blocks(g);
    return g;
}

} // namespace pith::fat
