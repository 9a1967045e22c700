#include "servers/ext4/extents.h"

#include <cstring>

namespace pith::ext4 {

Result<Extents::Node> Extents::make_node(u16 depth) {
    const Run run =
        TRY(blocks_.allocate(blocks_.first_of_group(store_.geometry().group_of_inode(inode_.number)), 1));
    if (!inode_.add_blocks(1, store_.geometry().block_size)) return store_.damaged();
    Node node{TRY(store_.make(run.start, Content::extents, inode_.seed)), {}};
    node.bytes = node.buffer->bytes;
    const u64 room = (node.bytes.size() - sizeof(ExtentHeader)) / sizeof(Extent);
    node.set_header({extent_magic, 0, static_cast<u16>(room), depth, 0});
    return node;
}

/// Where a neighbour in the same node goes on just so, it becomes longer.
Result<bool> Extents::extend(u32 block, Run run, bool unwritten) {
    Node node = TRY(root());
    i32 at = node.before(block);
    while (node.header().depth > 0 && at >= 0) {
        node = TRY(child(node, static_cast<u32>(at)));
        at = node.before(block);
    }
    if (node.header().depth > 0) return false;
    const u32 most = unwritten ? longest_unwritten_extent : longest_extent;
    if (at >= 0) {
        const u32 index = static_cast<u32>(at);
        const Extent left = node.extent(index);
        const u32 length = length_of(left);
        if (u64{left.first} + length > block) return store_.damaged();
        if (u64{left.first} + length == block && start_of(left) + length == run.start &&
            is_unwritten(left) == unwritten && u64{length} + run.count <= most) {
            TRY(change(node));
            node.put(index, make_extent(left.first, start_of(left), length + run.count, unwritten));
            return true;
        }
    }
    return false;
}

/// Whether some node on the way to the block has a free place: then a split ends there at the latest.
Result<bool> Extents::path_has_room(u32 block) {
    Node node = TRY(root());
    for (;;) {
        const ExtentHeader header = node.header();
        if (header.entries < header.most) return true;
        if (header.depth == 0) return false;
        node = TRY(child(node, static_cast<u32>(std::max(node.before(block), 0))));
    }
}

/// The root's entries move into a block, to which the root points.
Result<> Extents::grow() {
    const Node top = TRY(root());
    ExtentHeader header = top.header();
    if (header.depth >= deepest_extent_tree) return fail(Error::too_large);
    const Node moved = TRY(make_node(header.depth));
    std::memcpy(moved.bytes.data() + 12, top.bytes.data() + 12, u64{header.entries} * 12);
    ExtentHeader below = moved.header();
    below.entries = header.entries;
    moved.set_header(below);
    const u64 number = moved.buffer->number;
    const u32 first = header.entries == 0 ? 0 : load<u32>(top.bytes, 12);
    header.entries = 1;
    ++header.depth;
    top.set_header(header);
    top.put(0, ExtentIndex{first, static_cast<u32>(number), static_cast<u16>(number >> 32), 0});
    return {};
}

/// Puts an entry into a node; where that is full, into a new one beside it, which is returned.
Result<std::optional<ExtentIndex>> Extents::put_entry(const Node& node, u32 at, const Entry& entry) {
    const auto put = [&](const Node& into, u32 place) {
        ExtentHeader header = into.header();
        std::byte* const begin = into.bytes.data() + 12 + u64{place} * 12;
        std::memmove(begin + 12, begin, u64{header.entries - place} * 12);
        into.put(place, entry);
        ++header.entries;
        into.set_header(header);
    };
    TRY(change(node));
    ExtentHeader header = node.header();
    if (header.entries < header.most) {
        put(node, at);
        return std::nullopt;
    }
    if (!node.buffer) return store_.damaged(); // there was room a moment ago
    const Node beside = TRY(make_node(header.depth));
    // Files are written from front to back: then the old node stays full.
    const u32 keep = at == header.entries ? at : header.entries / 2U;
    const u32 moved = header.entries - keep;
    std::memcpy(beside.bytes.data() + 12, node.bytes.data() + 12 + u64{keep} * 12, u64{moved} * 12);
    ExtentHeader new_header = beside.header();
    new_header.entries = static_cast<u16>(moved);
    beside.set_header(new_header);
    header.entries = static_cast<u16>(keep);
    node.set_header(header);
    if (at > keep || moved == 0)
        put(beside, at - keep);
    else
        put(node, at);
    const u64 number = beside.buffer->number;
    return ExtentIndex{load<u32>(beside.bytes, 12), static_cast<u32>(number), static_cast<u16>(number >> 32),
                       0};
}

Result<std::optional<ExtentIndex>> Extents::insert_into(const Node& node, const Extent& added) {
    const i32 before = node.before(added.first);
    if (node.header().depth == 0)
        return put_entry(node, static_cast<u32>(before + 1), std::bit_cast<Entry>(added));
    const u32 at = static_cast<u32>(std::max(before, 0));
    std::optional<ExtentIndex> split;
    {
        const Node below = TRY(child(node, at));
        split = TRY(insert_into(below, added));
    }
    if (before < 0) { // the first block of all
        TRY(change(node));
        ExtentIndex index = node.index(at);
        index.first = added.first;
        node.put(at, index);
    }
    if (!split) return std::nullopt;
    return put_entry(node, at + 1, std::bit_cast<Entry>(*split));
}

Result<> Extents::insert(u32 block, Run run, bool unwritten) {
    if (TRY(extend(block, run, unwritten))) return {};
    if (!TRY(path_has_room(block))) TRY(grow());
    const Node top = TRY(root());
    const auto split = TRY(insert_into(top, make_extent(block, run.start, run.count, unwritten)));
    if (split) return store_.damaged();
    return {};
}

Result<> Extents::mark_written(u32 block, u32 count) {
    Extent extent{};
    u32 index = 0;
    {
        Node node = TRY(root());
        for (;;) {
            const i32 at = node.before(block);
            if (at < 0) return store_.damaged();
            index = static_cast<u32>(at);
            if (node.header().depth == 0) break;
            node = TRY(child(node, index));
        }
        extent = node.extent(index);
        if (!is_unwritten(extent) || u64{block} + count > u64{extent.first} + length_of(extent))
            return store_.damaged();
        TRY(change(node));
        const u32 before = block - extent.first;
        node.put(index, before > 0 ? make_extent(extent.first, start_of(extent), before, true)
                                   : make_extent(block, start_of(extent), count, false));
    }
    const u64 start = start_of(extent) + (block - extent.first);
    const u32 behind = length_of(extent) - (block - extent.first) - count;
    if (block > extent.first) TRY(insert(block, {start, count}));
    if (behind > 0) TRY(insert(block + count, {start + count, behind}, true));
    return {};
}

} // namespace pith::ext4
