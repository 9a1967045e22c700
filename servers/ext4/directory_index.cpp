#include "servers/ext4/directory.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace pith::ext4 {

void Directory::Frame::set_count(u32 count) {
    place.count.count = static_cast<u16>(count);
    store(buffer->bytes, place.entries, place.count);
}

void Directory::Frame::insert(u32 where, IndexEntry entry) {
    std::byte* const begin = buffer->bytes.data() + place.entries + u64{where} * 8;
    std::memmove(begin + 8, begin, u64{place.count.count - where} * 8);
    store(buffer->bytes, place.entries + u64{where} * 8, entry);
    set_count(place.count.count + 1U);
}

Result<Directory::Frame> Directory::frame(u32 block, bool is_root) {
    const u64 number = TRY(where(block));
    Frame frame{.buffer = TRY(store_.read(number, Content::index, inode_.seed))};
    const auto place = IndexPlace::of(frame.buffer->bytes, checksums());
    if (!place || (place->entries == index_root_entries) != is_root) return store_.damaged();
    const u64 room = frame.buffer->bytes.size() - place->entries - (checksums() ? 8 : 0);
    if (place->count.limit != room / 8) return store_.damaged();
    frame.place = *place;
    return frame;
}

Result<Directory::Way> Directory::way_to(u32 hash) {
    Way way;
    way.frames.push_back(TRY(frame(0, true)));
    const auto root = load<IndexRoot>(way.last().buffer->bytes, index_root_offset);
    if (root.hash_version > 5 || root.length != sizeof(IndexRoot) || root.levels > 1 || (root.flags & 1) != 0)
        return store_.damaged();
    way.version = static_cast<HashVersion>(root.hash_version);
    if (rule_.is_unsigned && way.version <= HashVersion::tea)
        way.version = static_cast<HashVersion>(root.hash_version + 3);
    for (u32 level = 0;; ++level) {
        Frame& frame = way.last();
        u32 low = 0; // the first entry stands for everything below the second
        u32 high = frame.place.count.count;
        while (high - low > 1) {
            const u32 middle = (low + high) / 2;
            (frame.entry(middle).hash <= hash ? low : high) = middle;
        }
        frame.at = low;
        if (level == root.levels) return way;
        const u32 below = frame.block();
        way.frames.push_back(TRY(this->frame(below, false)));
    }
}

Result<bool> Directory::advance(Way& way) {
    u64 level = way.frames.size();
    while (level > 0 && way.frames[level - 1].at + 1 >= way.frames[level - 1].place.count.count)
        --level;
    if (level == 0) return false;
    ++way.frames[level - 1].at;
    for (; level < way.frames.size(); ++level) {
        const u32 below = way.frames[level - 1].block();
        way.frames[level] = TRY(frame(below, false));
    }
    return true;
}

Result<Directory::Found> Directory::locate_by_index(std::string_view name) {
    if (name == "." || name == "..") return fail(Error::not_found);
    const Way probe = TRY(way_to(0));
    const u32 wanted = hash(name, probe.version).major;
    Way way = TRY(way_to(wanted));
    for (;;) {
        if (auto found = TRY(find_in(way.leaf(), name))) return std::move(*found);
        // Names of the same hash may go on in the next leaf, whose hash is then odd.
        if (!TRY(advance(way))) return fail(Error::not_found);
        const Frame& last = way.last();
        const u32 begins =
            last.at > 0 ? last.entry(last.at).hash : way.frames[0].entry(way.frames[0].at).hash;
        if (begins != (wanted | 1)) return fail(Error::not_found);
    }
}

/// The only block is full: its entries move into a leaf, and the block becomes the index.
Result<> Directory::make_index() {
    const BufferRef root = TRY(leaf(0));
    const EntryBlock old = entries(*root);
    const u32 parent = TRY(this->parent());
    u32 block = 0;
    const BufferRef first = TRY(append(Content::entries, block));
    for (auto entry = old.next(0); entry; entry = old.next(entry->offset + 1)) {
        if (entry->name == "." || entry->name == "..") continue;
        if (!entries(*first).insert(entry->name, entry->raw.inode, entry->raw.kind)) return store_.damaged();
    }
    TRY(store_.change(*root));
    const Block bytes = root->bytes;
    std::ranges::fill(bytes, std::byte{});
    store(bytes, 0, DirectoryEntry{inode_.number, 12, 1, entry_kind::directory});
    store(bytes, 8, u8{'.'});
    store(bytes, 12, DirectoryEntry{parent, static_cast<u16>(bytes.size() - 12), 2, entry_kind::directory});
    store(bytes, 20, u16{0x2e2e});
    store(bytes, index_root_offset, IndexRoot{0, static_cast<u8>(rule_.version), sizeof(IndexRoot), 0, 0});
    const u64 room = bytes.size() - index_root_entries - (checksums() ? 8 : 0);
    store(bytes, index_root_entries, IndexCount{static_cast<u16>(room / 8), 1});
    store(bytes, index_root_entries + offsetof(IndexEntry, block), block);
    root->content = Content::index;
    inode_.raw.flags |= inode_flags::indexed;
    return {};
}

/// The root's entries move into a block below it.
Result<> Directory::grow(Way& way) {
    u32 block = 0;
    Frame& root = way.frames[0];
    BufferRef buffer = TRY(append(Content::index, block));
    TRY(store_.change(*root.buffer));
    const Block bytes = buffer->bytes;
    store(bytes, 0, DirectoryEntry{0, static_cast<u16>(bytes.size()), 0, 0});
    const u64 room = bytes.size() - index_node_entries - (checksums() ? 8 : 0);
    std::memcpy(bytes.data() + index_node_entries, root.buffer->bytes.data() + root.place.entries,
                u64{root.place.count.count} * 8);
    Frame below{.buffer = std::move(buffer),
                .place = {index_node_entries, {static_cast<u16>(room / 8), 0}},
                .at = root.at};
    below.set_count(root.place.count.count);
    root.set_count(1);
    root.at = 0;
    store(root.buffer->bytes, root.place.entries + offsetof(IndexEntry, block), block);
    auto info = load<IndexRoot>(root.buffer->bytes, index_root_offset);
    info.levels = 1;
    store(root.buffer->bytes, index_root_offset, info);
    way.frames.push_back(std::move(below));
    return {};
}

/// The upper half of a full index block moves into a new one beside it.
Result<> Directory::split_node(Way& way) {
    Frame& root = way.frames[0];
    Frame& old = way.last();
    if (root.full()) return fail(Error::no_space); // no deeper index without the feature large_dir
    u32 block = 0;
    BufferRef buffer = TRY(append(Content::index, block));
    TRY(store_.change(*root.buffer));
    TRY(store_.change(*old.buffer));
    const Block bytes = buffer->bytes;
    store(bytes, 0, DirectoryEntry{0, static_cast<u16>(bytes.size()), 0, 0});
    const u32 keep = old.place.count.count / 2U;
    const u32 moved = old.place.count.count - keep;
    const u32 hash = old.entry(keep).hash;
    std::memcpy(bytes.data() + index_node_entries,
                old.buffer->bytes.data() + old.place.entries + u64{keep} * 8, u64{moved} * 8);
    Frame beside{.buffer = std::move(buffer), .place = {index_node_entries, {old.place.count.limit, 0}}};
    beside.set_count(moved);
    old.set_count(keep);
    root.insert(root.at + 1, {hash, block});
    if (old.at >= keep) {
        beside.at = old.at - keep;
        ++root.at;
        old = std::move(beside);
    }
    return {};
}

Result<> Directory::make_room(Way& way) {
    if (!way.last().full()) return {};
    return way.frames.size() == 1 ? grow(way) : split_node(way);
}

/// The upper half of a full leaf, by hash, moves into a new one; the half is returned where `hash` belongs.
Result<BufferRef> Directory::split_leaf(Way& way, BufferRef old, u32 hash) {
    std::vector<Item> items;
    static_cast<void>(collect(*old, way.version, 0, items));
    if (items.size() < 2) return store_.damaged();
    std::ranges::sort(items, {}, &Item::key);
    u32 all = 0;
    for (const Item& item : items)
        all += EntryBlock::needed(item.name.size());
    u64 keep = 0;
    for (u32 kept = 0; kept < all / 2 && keep + 1 < items.size(); ++keep)
        kept += EntryBlock::needed(items[keep].name.size());
    const u32 begins = static_cast<u32>(items[keep].key >> 32);
    const bool continued = begins == static_cast<u32>(items[keep - 1].key >> 32);
    u32 block = 0;
    BufferRef beside = TRY(append(Content::entries, block));
    TRY(store_.change(*old));
    entries(*old).make_empty();
    for (u64 i = 0; i < items.size(); ++i)
        if (!entries(i < keep ? *old : *beside)
                 .insert(items[i].name, items[i].what.inode, items[i].what.kind))
            return store_.damaged();
    Frame& last = way.last();
    TRY(store_.change(*last.buffer));
    last.insert(last.at + 1, {begins | (continued ? 1U : 0U), block});
    return hash >= begins ? std::move(beside) : std::move(old);
}

Result<> Directory::insert_by_index(std::string_view name, Named what) {
    const Way probe = TRY(way_to(0));
    const u32 wanted = hash(name, probe.version).major;
    Way way = TRY(way_to(wanted));
    BufferRef buffer = TRY(leaf(way.leaf()));
    TRY(store_.change(*buffer));
    if (entries(*buffer).insert(name, what.inode, what.kind)) return {};
    TRY(make_room(way));
    buffer = TRY(split_leaf(way, std::move(buffer), wanted));
    if (!entries(*buffer).insert(name, what.inode, what.kind)) return store_.damaged();
    return {};
}

Result<bool> Directory::is_empty_by_index() {
    Way way = TRY(way_to(0));
    std::vector<Item> items;
    for (;;) {
        const BufferRef buffer = TRY(leaf(way.leaf()));
        if (collect(*buffer, way.version, end_of_listing, items)) return false;
        if (!TRY(advance(way))) return true;
    }
}

Result<Directory::Part> Directory::list_by_index(u64 key) {
    Way way = TRY(way_to(static_cast<u32>(key >> 32) & ~1U));
    Part part{.items = {}, .from = key, .next = end_of_listing};
    for (;;) {
        const BufferRef buffer = TRY(leaf(way.leaf()));
        static_cast<void>(collect(*buffer, way.version, key, part.items));
        if (!TRY(advance(way))) break;
        const Frame& last = way.last();
        const u32 begins =
            last.at > 0 ? last.entry(last.at).hash : way.frames[0].entry(way.frames[0].at).hash;
        if ((begins & 1) != 0) continue; // names of one hash are listed together
        part.next = u64{begins} << 32;
        if (part.next <= key) return store_.damaged(); // or the listing would go round
        break;
    }
    std::ranges::sort(part.items, {}, &Item::key);
    std::erase_if(part.items, [&](const Item& item) { return item.key >= part.next; });
    return part;
}

} // namespace pith::ext4
