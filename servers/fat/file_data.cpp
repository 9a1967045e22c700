#include "servers/fat/file_data.h"

#include "os/guarded.h"

#include <algorithm>

namespace pith::fat {

namespace {
constexpr u64 read_ahead = 64 << 10;
constexpr u64 most_blocks = 30; ///< at once
} // namespace

Result<u32> FileData::cluster_at(const Entry& entry, u32 index, Position& at) {
    if (at.cluster == no_cluster || at.index > index) at = {.index = 0, .cluster = entry.cluster()};
    if (at.cluster == no_cluster) return no_cluster;
    if (!store_.geometry().has_cluster(at.cluster)) return store_.damaged();
    while (at.index < index) {
        const u32 next = TRY(store_.next(at.cluster));
        if (next == no_cluster) return no_cluster;
        at = {.index = at.index + 1, .cluster = next};
    }
    return at.cluster;
}

/// Bytes that lie next to each other; `available`: so many do, wanted or not.
Result<> FileData::read_run(u64 place, u64 available, std::span<std::byte> bytes) {
    const Geometry& g = store_.geometry();
    Cache& cache = store_.cache();
    const u64 last = g.block_of(place + available - 1);
    while (!bytes.empty()) {
        const u64 block = g.block_of(place);
        BufferRef buffer = cache.find(block);
        if (!buffer) {
            std::vector<BufferRef> missing;
            const u64 most = std::min({last + 1 - block, most_blocks, cache.capacity() / 8 + 1});
            for (u64 i = 0; i < most; ++i) {
                BufferRef next = TRY(cache.place(block + i));
                if (next->valid) break;
                missing.push_back(std::move(next));
            }
            TRY(cache.load(missing));
            buffer = TRY(cache.read(block));
        }
        const u64 within = g.within_block(place);
        const u64 part = std::min<u64>(g.block_bytes - within, bytes.size());
        TRY(os::guarded_copy(bytes.first(part), buffer->bytes.subspan(within, part)));
        bytes = bytes.subspan(part);
        place += part;
    }
    return {};
}

Result<> FileData::read(const Entry& entry, u64 offset, std::span<std::byte> bytes, Position& at) {
    const Geometry& g = store_.geometry();
    while (!bytes.empty()) {
        const u32 first = TRY(cluster_at(entry, static_cast<u32>(offset / g.cluster_bytes), at));
        if (first == no_cluster) return store_.damaged(); // the file is longer than its chain
        const u64 within = offset % g.cluster_bytes;
        u64 available = g.cluster_bytes - within;
        u32 last = first;
        while (available < std::max<u64>(bytes.size(), read_ahead)) {
            const u32 next = TRY(store_.next(last));
            if (next != last + 1) break;
            last = next;
            available += g.cluster_bytes;
        }
        const u64 part = std::min<u64>(available, bytes.size());
        TRY(read_run(g.start_of(first) + within, available, bytes.first(part)));
        bytes = bytes.subspan(part);
        offset += part;
    }
    return {};
}

Result<u32> FileData::cluster_for(Entry& entry, u32 index, Position& at, bool& is_new) {
    const u32 there = TRY(cluster_at(entry, index, at));
    if (there != no_cluster) return there;
    is_new = true;
    if (index == 0) {
        const u32 made = TRY(store_.allocate(no_cluster));
        entry.set_cluster(made);
        return made;
    }
    const u32 tail = TRY(cluster_at(entry, index - 1, at));
    if (tail == no_cluster) return store_.damaged();
    // An end that is to be on the disk only after the commit cannot be led on from before.
    if (store_.table().is_cut(tail)) TRY(store_.commit());
    const u32 made = TRY(store_.allocate(tail + 1));
    store_.table().append(tail, made);
    return made;
}

Result<> FileData::write_cluster(u32 cluster, bool is_new, u64 within, std::span<const std::byte> bytes) {
    const Geometry& g = store_.geometry();
    while (!bytes.empty()) {
        const u64 place = g.start_of(cluster) + within;
        const BufferRef buffer = TRY(store_.cache().place(g.block_of(place)));
        const u64 at = g.within_block(place);
        const u64 part = std::min<u64>(g.block_bytes - at, bytes.size());
        if (part < g.block_bytes) {
            if (is_new)
                std::ranges::fill(buffer->bytes, std::byte{});
            else if (!buffer->valid)
                TRY(store_.cache().load({&buffer, 1}));
        }
        const auto copied = os::guarded_fill(buffer->bytes.subspan(at, part), bytes.first(part));
        store_.cache().make_dirty(*buffer); // whoever took the memory away finds zeros in the file
        TRY(copied);
        bytes = bytes.subspan(part);
        within += part;
    }
    return {};
}

Result<u64> FileData::write(Entry& entry, u64 offset, std::span<const std::byte> bytes, Position& at) {
    const Geometry& g = store_.geometry();
    u64 done = 0;
    while (done < bytes.size()) {
        bool is_new = false;
        const u64 within = (offset + done) % g.cluster_bytes;
        const auto cluster =
            cluster_for(entry, static_cast<u32>((offset + done) / g.cluster_bytes), at, is_new);
        if (!cluster && cluster.error() == Error::no_space && done > 0) break;
        const u32 target = TRY(cluster);
        const u64 part = std::min<u64>(g.cluster_bytes - within, bytes.size() - done);
        TRY(write_cluster(target, is_new, within, bytes.subspan(done, part)));
        done += part;
    }
    entry.bytes = static_cast<u32>(std::max<u64>(entry.bytes, offset + done));
    return done;
}

Result<> FileData::extend(Entry& entry, u64 size, Position& at) {
    static constexpr std::array<std::byte, 4096> zeros{};
    const u64 before = entry.bytes;
    while (entry.bytes < size) {
        TRY(store_.prepare());
        const u64 part = std::min<u64>(zeros.size(), size - entry.bytes);
        const auto written = write(entry, entry.bytes, std::span{zeros}.first(part), at);
        if (written && *written == part) continue;
        TRY(cut(entry, before, at));
        return fail(written ? Error::no_space : written.error());
    }
    return {};
}

Result<> FileData::cut(Entry& entry, u64 size, Position& at) {
    const u64 kept = (size + store_.geometry().cluster_bytes - 1) / store_.geometry().cluster_bytes;
    entry.bytes = static_cast<u32>(size);
    at = {};
    if (entry.cluster() == no_cluster) return {};
    if (kept == 0) {
        if (!store_.geometry().has_cluster(entry.cluster())) return store_.damaged();
        store_.table().release(entry.cluster());
        entry.set_cluster(no_cluster);
        return {};
    }
    const u32 tail = TRY(cluster_at(entry, static_cast<u32>(kept - 1), at));
    if (tail == no_cluster) return store_.damaged();
    const u32 rest = TRY(store_.next(tail));
    if (rest != no_cluster) store_.table().cut(tail, rest);
    return {};
}

} // namespace pith::fat
