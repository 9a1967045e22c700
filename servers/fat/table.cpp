#include "servers/fat/table.h"

#include "base/checked.h"

#include <algorithm>
#include <cstring>

namespace pith::fat {
namespace {

constexpr u64 most_sectors = 64; ///< written at once
constexpr u64 most_ahead = 30;   ///< blocks

} // namespace

Result<u32> Table::whole(u32 entry) {
    const u64 place = place_of(entry);
    const BufferRef buffer = TRY(cache_.read(geometry_.block_of(place)));
    return load<u32>(buffer->bytes, geometry_.within_block(place));
}

Result<> Table::put_whole(u32 entry, u32 value) {
    if (sectors_.size() >= most_sectors) TRY(write_out());
    const u64 place = place_of(entry);
    BufferRef buffer = TRY(cache_.read(geometry_.block_of(place)));
    store(buffer->bytes, geometry_.within_block(place), value);
    if (sectors_.insert(align_down(place - geometry_.fat_start, geometry_.sector_bytes)).second)
        pinned_.push_back(std::move(buffer));
    return {};
}

Result<> Table::write_out() {
    std::vector<Disk::Piece> pieces;
    for (const u64 offset : sectors_) {
        const u64 place = geometry_.fat_start + offset;
        const BufferRef buffer = cache_.find(geometry_.block_of(place));
        const auto bytes = buffer->bytes.subspan(geometry_.within_block(place), geometry_.sector_bytes);
        for (u32 fat = 0; fat < geometry_.fats; ++fat)
            if (geometry_.mirrored || fat == geometry_.active_fat)
                pieces.push_back({geometry_.first_fat + fat * geometry_.fat_bytes + offset, bytes});
    }
    std::ranges::sort(pieces, {}, &Disk::Piece::offset);
    sectors_.clear();
    const auto written = pieces.empty() ? Result<>{} : cache_.disk().write(pieces);
    pinned_.clear();
    return written;
}

Result<> Table::read_ahead(u64 block, u64 blocks) {
    std::vector<BufferRef> missing;
    for (u64 i = 0; i < blocks; ++i) {
        BufferRef buffer = TRY(cache_.place(block + i));
        if (!buffer->valid) missing.push_back(std::move(buffer));
    }
    return cache_.load(missing);
}

/// Compares blocks of the table, which are in memory, with one of the other copies.
Result<bool> Table::is_equal_to(u32 fat, u64 block, u64 blocks) {
    std::vector<BufferRef> others;
    std::vector<Disk::Piece> pieces;
    std::vector<BufferRef> pinned;
    std::vector<std::span<const std::byte>> own;
    for (u64 i = 0; i < blocks; ++i) {
        const u64 start = geometry_.origin + (block + i) * geometry_.block_bytes;
        const u64 first = std::max(start, geometry_.fat_start);
        const u64 end = std::min(start + geometry_.block_bytes, geometry_.fat_start + geometry_.fat_bytes);
        if (first >= end) continue;
        pinned.push_back(TRY(cache_.read(block + i)));
        own.push_back(pinned.back()->bytes.subspan(first - start, end - first));
        others.push_back(TRY(cache_.scratch()));
        pieces.push_back({geometry_.first_fat + fat * geometry_.fat_bytes + first - geometry_.fat_start,
                          others.back()->bytes.first(end - first)});
    }
    TRY(cache_.disk().read(pieces));
    for (u64 i = 0; i < pieces.size(); ++i)
        if (std::memcmp(pieces[i].bytes.data(), own[i].data(), own[i].size()) != 0) return false;
    return true;
}

Result<bool> Table::read_all() {
    bool equal = true;
    const u64 last = geometry_.block_of(place_of(geometry_.clusters + first_cluster - 1));
    u64 known = geometry_.block_of(geometry_.fat_start); // up to here
    for (u32 i = 0; i < geometry_.clusters; ++i) {
        const u32 cluster = i + first_cluster;
        if (const u64 block = geometry_.block_of(place_of(cluster)); block >= known) {
            const u64 count = std::min({last + 1 - known, most_ahead, cache_.capacity() / 4});
            TRY(read_ahead(known, count));
            for (u32 fat = 0; fat < geometry_.fats && geometry_.mirrored && equal; ++fat)
                if (fat != geometry_.active_fat) equal = TRY(is_equal_to(fat, known, count));
            known += count;
        }
        if (TRY(raw(cluster)) == link::free)
            ++free_;
        else
            taken_.add(cluster);
    }
    return equal;
}

Result<u32> Table::next_on_disk(u32 cluster) { return following(TRY(raw(cluster))); }

Result<u32> Table::following(u32 value) const {
    if (value >= link::least_end) return no_cluster;
    if (!geometry_.has_cluster(value)) return fail(Error::bad_format);
    return value;
}

Result<u32> Table::next(u32 cluster) {
    if (ends_.contains(cluster)) return no_cluster;
    if (const auto fresh = fresh_.find(cluster); fresh != fresh_.end()) return following(fresh->second);
    if (const auto linked = links_.find(cluster); linked != links_.end()) return following(linked->second);
    return next_on_disk(cluster);
}

Result<u32> Table::allocate(u32 goal) {
    if (free_ == 0) return fail(Error::no_space);
    if (!geometry_.has_cluster(goal)) goal = hint_;
    const u32 found = taken_.first_missing(goal);
    if (found == no_cluster) return fail(Error::no_space);
    taken_.add(found);
    --free_;
    hint_ = geometry_.has_cluster(found + 1) ? found + 1 : first_cluster;
    fresh_[found] = link::end;
    return found;
}

Result<bool> Table::write_all(const std::map<u32, u32>& values) {
    for (const auto& [cluster, value] : values)
        TRY(put(cluster, value));
    TRY(write_out());
    return !values.empty();
}

Result<bool> Table::write_fresh() {
    const bool any = TRY(write_all(fresh_));
    fresh_.clear();
    return any;
}

Result<bool> Table::write_links() {
    const bool any = TRY(write_all(links_));
    links_.clear();
    return any;
}

Result<bool> Table::write_ends() {
    for (const u32 cluster : ends_)
        TRY(put(cluster, link::end));
    TRY(write_out());
    const bool any = !ends_.empty();
    ends_.clear();
    return any;
}

Result<> Table::free_chain(u32 first) {
    for (u32 cluster = first; cluster != no_cluster;) {
        const auto following = next(cluster); // ends too where a chain leads round: its start is free then
        TRY(put(cluster, link::free));
        if (taken_.has(cluster)) ++free_;
        taken_.remove(cluster);
        const bool forgotten =
            cache_.forget(geometry_.block_of(geometry_.start_of(cluster)), geometry_.blocks_a_cluster());
        // Whoever mounted it has seen that no cluster is in use twice.
        require(forgotten, "forgot a cluster in use");
        cluster = TRY(following);
    }
    return {};
}

Result<bool> Table::write_released() {
    for (const u32 first : released_)
        TRY(free_chain(first));
    TRY(write_out());
    const bool any = !released_.empty();
    released_.clear();
    return any;
}

Result<> Table::free_lost(u32 cluster) {
    TRY(put(cluster, link::free));
    taken_.remove(cluster);
    ++free_;
    return {};
}

Result<> Table::make_equal() {
    const u64 step = u64{geometry_.sector_bytes} / sizeof(u32);
    for (u64 entry = 0; entry < u64{geometry_.clusters} + first_cluster; entry += step)
        TRY(rewrite(static_cast<u32>(entry)));
    return write_out();
}

Result<bool> Table::is_marked_clean() {
    const u32 both = link::left_in_order | link::no_errors;
    return (TRY(whole(1)) & both) == both;
}

Result<> Table::mark(bool clean) {
    const u32 before = TRY(whole(1));
    TRY(put_whole(1, clean ? before | link::left_in_order : before & ~link::left_in_order));
    return write_out();
}

} // namespace pith::fat
