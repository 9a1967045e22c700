#include "servers/ext4/extents.h"

namespace pith::ext4 {
namespace {

constexpr u16 root_entries = 4;

u64 node_of(const ExtentIndex& index) { return joined(index.node_lo, index.node_hi); }

} // namespace

Extent make_extent(u32 block, u64 start, u32 count, bool unwritten) {
    return {.first = block,
            .length = static_cast<u16>(unwritten ? count + longest_extent : count),
            .start_hi = static_cast<u16>(start >> 32),
            .start_lo = static_cast<u32>(start)};
}

void Extents::make_empty(Inode& inode) {
    inode.raw.flags |= inode_flags::extents;
    inode.raw.content = {};
    store(Block{inode.raw.content}, 0, ExtentHeader{extent_magic, 0, root_entries, 0, 0});
}

i32 Extents::Node::before(u32 block) const {
    i32 low = -1;
    i32 high = header().entries;
    while (high - low > 1) {
        const i32 middle = (low + high) / 2;
        const u32 first = load<u32>(bytes, 12 + static_cast<u64>(middle) * 12);
        (first <= block ? low : high) = middle;
    }
    return low;
}

Result<> Extents::check(const Node& node, u32 room) const {
    const ExtentHeader header = node.header();
    if (header.magic != extent_magic || header.depth > deepest_extent_tree) return store_.damaged();
    if (header.most > room || header.most == 0 || header.entries > header.most) return store_.damaged();
    u64 next = 0; // the least block that may come
    for (u32 i = 0; i < header.entries; ++i) {
        if (header.depth > 0) {
            const ExtentIndex index = node.index(i);
            if (index.first < next || !blocks_.may_belong_to_a_file(node_of(index), 1))
                return store_.damaged();
            next = u64{index.first} + 1;
        } else {
            const Extent extent = node.extent(i);
            const u32 length = length_of(extent);
            if (length == 0 || extent.first < next || u64{extent.first} + length > u64{1} << 32)
                return store_.damaged();
            if (!blocks_.may_belong_to_a_file(start_of(extent), length)) return store_.damaged();
            next = u64{extent.first} + length;
        }
    }
    return {};
}

Result<Extents::Node> Extents::root() {
    if (!inode_.has(inode_flags::extents)) return fail(Error::unsupported); // as ext2 and ext3 wrote them
    Node node{{}, inode_.raw.content};
    TRY(check(node, root_entries));
    return node;
}

Result<Extents::Node> Extents::child(const Node& parent, u32 i) {
    const ExtentIndex index = parent.index(i);
    Node node{TRY(store_.read(node_of(index), Content::extents, inode_.seed)), {}};
    node.bytes = node.buffer->bytes;
    if (node.buffer->checked == 0) {
        const u32 room = static_cast<u32>((node.bytes.size() - sizeof(ExtentHeader)) / sizeof(Extent));
        TRY(check(node, room));
        node.buffer->checked = 1;
    }
    // So that no way down is longer than the root says, and no block lies in two places.
    const ExtentHeader header = node.header();
    if (header.depth + 1 != parent.header().depth || header.entries == 0) return store_.damaged();
    if (load<u32>(node.bytes, 12) != index.first) return store_.damaged();
    const u32 last = header.entries - 1U;
    const u64 end = header.depth == 0 ? u64{node.extent(last).first} + length_of(node.extent(last))
                                      : u64{node.index(last).first} + 1;
    if (i + 1 < parent.header().entries && end > parent.index(i + 1).first) return store_.damaged();
    return node;
}

Result<> Extents::change(const Node& node) {
    if (!node.buffer) return {};
    return store_.change(*node.buffer);
}

Result<Mapping> Extents::find(u32 block) {
    Node node = TRY(root());
    u64 next = u64{1} << 32; // where something else begins at the latest
    for (;;) {
        const ExtentHeader header = node.header();
        const i32 at = node.before(block);
        const u32 following = static_cast<u32>(at + 1);
        if (following < header.entries) next = load<u32>(node.bytes, 12 + u64{following} * 12);
        const Mapping hole{.count = static_cast<u32>(std::min<u64>(next - block, ~u32{0}))};
        if (at < 0) return hole;
        if (header.depth > 0) {
            node = TRY(child(node, static_cast<u32>(at)));
            continue;
        }
        const Extent extent = node.extent(static_cast<u32>(at));
        const u32 within = block - extent.first;
        if (within >= length_of(extent)) return hole;
        return Mapping{start_of(extent) + within, length_of(extent) - within, is_unwritten(extent)};
    }
}

Result<u64> Extents::end() {
    Node node = TRY(root());
    for (;;) {
        const ExtentHeader header = node.header();
        if (header.entries == 0) return u64{0};
        const u32 last = header.entries - 1U;
        if (header.depth == 0) return u64{node.extent(last).first} + length_of(node.extent(last));
        node = TRY(child(node, last));
    }
}

/// Frees the last extent's blocks from `first` on; false where this operation cannot.
Result<bool> Extents::cut_extent(const Node& leaf, u32 first) {
    ExtentHeader header = leaf.header();
    const u32 last = header.entries - 1U;
    const Extent extent = leaf.extent(last);
    const u32 length = length_of(extent);
    // A bitmap and a descriptor for each group. Besides: the leaf, nodes that become empty, and what the
    // caller does when all is freed.
    constexpr u64 reserve = 36;
    const u64 left = store_.blocks_left();
    if (left < reserve + 4) return false;
    const u64 most = std::max<u64>((left - reserve) / 2 - 1, 1) * store_.geometry().blocks_per_group;
    const u32 keep = extent.first < first ? first - extent.first : 0;
    const u32 freed = static_cast<u32>(std::min<u64>(length - keep, most));
    TRY(change(leaf));
    TRY(blocks_.free(start_of(extent) + length - freed, freed));
    if (!inode_.add_blocks(-i64{freed}, store_.geometry().block_size)) return store_.damaged();
    if (freed == length)
        --header.entries;
    else
        leaf.put(last, make_extent(extent.first, start_of(extent), length - freed, is_unwritten(extent)));
    leaf.set_header(header);
    return true;
}

Result<bool> Extents::cut(const Node& node, u32 first) {
    for (;;) {
        ExtentHeader header = node.header();
        if (header.entries == 0) return true;
        const u32 last = header.entries - 1U;
        if (header.depth == 0) {
            const Extent extent = node.extent(last);
            if (u64{extent.first} + length_of(extent) <= first) return true;
            if (!TRY(cut_extent(node, first))) return false;
            continue;
        }
        u64 freed = 0;
        {
            const Node below = TRY(child(node, last));
            const bool done = TRY(cut(below, first));
            if (below.header().entries > 0) return done;
            if (store_.blocks_left() < 8) return store_.damaged(); // cut_extent leaves enough
            freed = below.buffer->number;
        }
        TRY(change(node));
        --header.entries;
        node.set_header(header);
        TRY(blocks_.free(freed, 1));
        if (!inode_.add_blocks(-1, store_.geometry().block_size)) return store_.damaged();
    }
}

Result<bool> Extents::cut(u32 first) {
    const Node node = TRY(root());
    const bool done = TRY(cut(node, first));
    if (node.header().entries == 0) make_empty(inode_);
    return done;
}

} // namespace pith::ext4
