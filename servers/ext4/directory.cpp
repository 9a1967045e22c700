#include "servers/ext4/directory.h"

#include <algorithm>
#include <cstddef>

namespace pith::ext4 {
namespace {

bool is_dots(std::string_view name) { return name == "." || name == ".."; }
constexpr u32 dots_entry = 12; ///< where `..` lies

} // namespace

HashRule HashRule::of(const Superblock& super) {
    HashRule rule{.indexes = (super.feature_compat & compat::dir_index) != 0 && super.hash_version <= 5,
                  .version = HashVersion::half_md4,
                  .seed = super.hash_seed,
                  .is_unsigned = (super.flags & flag_unsigned_hash) != 0};
    if (rule.indexes) rule.version = static_cast<HashVersion>(super.hash_version);
    return rule;
}

u32 Directory::block_count() const {
    return static_cast<u32>(std::min<u64>(inode_.size() / store_.geometry().block_size, ~u32{0}));
}

Result<u64> Directory::where(u32 block) {
    if (block >= block_count()) return store_.damaged();
    const Mapping mapping = TRY(Extents(store_, blocks_, inode_).find(block));
    if (mapping.start == 0 || mapping.unwritten) return store_.damaged();
    return mapping.start;
}

Result<BufferRef> Directory::leaf(u32 block) {
    const u64 number = TRY(where(block));
    BufferRef buffer = TRY(store_.read(number, Content::entries, inode_.seed));
    if (buffer->checked == 0) {
        if (!entries(*buffer).is_right(store_.geometry().inodes)) return store_.damaged();
        buffer->checked = 1;
    }
    return buffer;
}

Result<BufferRef> Directory::append(Content content, u32& block) {
    const Geometry& g = store_.geometry();
    block = block_count();
    u64 goal = blocks_.first_of_group(g.group_of_inode(inode_.number));
    if (block > 0) goal = TRY(where(block - 1)) + 1;
    const Run run = TRY(blocks_.allocate(goal, 1));
    TRY(Extents(store_, blocks_, inode_).insert(block, run));
    if (!inode_.add_blocks(1, g.block_size)) return store_.damaged();
    inode_.set_size((u64{block} + 1) * g.block_size);
    BufferRef buffer = TRY(store_.make(run.start, content, inode_.seed));
    if (content == Content::entries) entries(*buffer).make_empty();
    return buffer;
}

Result<> Directory::make(u32 parent) {
    u32 block = 0;
    const BufferRef buffer = TRY(append(Content::entries, block));
    const EntryBlock all = entries(*buffer);
    if (!all.insert(".", inode_.number, entry_kind::directory) ||
        !all.insert("..", parent, entry_kind::directory))
        return fail(Error::no_space);
    return {};
}

Result<std::optional<Directory::Found>> Directory::find_in(u32 block, std::string_view name) {
    BufferRef buffer = TRY(leaf(block));
    const auto entry = entries(*buffer).find(name);
    if (!entry) return std::nullopt;
    return Found{std::move(buffer), *entry};
}

Result<Directory::Found> Directory::locate(std::string_view name) {
    if (indexed()) return locate_by_index(name);
    for (u32 block = 0; block < block_count(); ++block)
        if (auto found = TRY(find_in(block, name))) return std::move(*found);
    return fail(Error::not_found);
}

Result<Named> Directory::find(std::string_view name) {
    const Found found = TRY(locate(name));
    return Named{found.entry.raw.inode, found.entry.raw.kind};
}

Result<> Directory::insert(std::string_view name, Named what) {
    return indexed() ? insert_by_index(name, what) : insert_linear(name, what);
}

Result<> Directory::insert_linear(std::string_view name, Named what) {
    const u32 count = block_count();
    for (u32 block = 0; block < count; ++block) {
        const BufferRef buffer = TRY(leaf(block));
        if (!entries(*buffer).has_room(name.size())) continue;
        TRY(store_.change(*buffer));
        if (entries(*buffer).insert(name, what.inode, what.kind)) return {};
    }
    if (count == 1 && rule_.indexes) {
        TRY(make_index());
        return insert_by_index(name, what);
    }
    u32 block = 0;
    const BufferRef buffer = TRY(append(Content::entries, block));
    if (!entries(*buffer).insert(name, what.inode, what.kind)) return fail(Error::too_large);
    return {};
}

Result<> Directory::remove(std::string_view name) {
    const Found found = TRY(locate(name));
    TRY(store_.change(*found.buffer));
    entries(*found.buffer).remove(found.entry);
    return {};
}

Result<> Directory::redirect(std::string_view name, Named what) {
    const Found found = TRY(locate(name));
    TRY(store_.change(*found.buffer));
    entries(*found.buffer).redirect(found.entry, what.inode, what.kind);
    return {};
}

Result<u32> Directory::parent() {
    const BufferRef buffer = indexed() ? TRY(frame(0, true)).buffer : TRY(leaf(0));
    const auto raw = load<DirectoryEntry>(buffer->bytes, dots_entry);
    if (raw.name_length != 2 || load<u16>(buffer->bytes, dots_entry + sizeof(raw)) != 0x2e2e)
        return store_.damaged();
    if (!store_.geometry().is_inode(raw.inode)) return store_.damaged();
    return raw.inode;
}

Result<> Directory::set_parent(u32 parent) {
    TRY(this->parent()); // it is there
    const BufferRef buffer = indexed() ? TRY(frame(0, true)).buffer : TRY(leaf(0));
    TRY(store_.change(*buffer));
    store(buffer->bytes, dots_entry, parent);
    return {};
}

Result<bool> Directory::is_empty() {
    if (indexed()) return is_empty_by_index();
    for (u32 block = 0; block < block_count(); ++block) {
        const BufferRef buffer = TRY(leaf(block));
        for (auto entry = entries(*buffer).next(0); entry; entry = entries(*buffer).next(entry->offset + 1))
            if (!is_dots(entry->name)) return false;
    }
    return true;
}

/// What lies in a leaf from `key` on. False: there was nothing at all in it.
bool Directory::collect(const Buffer& leaf, HashVersion version, u64 key, std::vector<Item>& items) const {
    bool any = false;
    const EntryBlock all = entries(leaf);
    for (u32 offset = 0; offset < all.end();) {
        const auto raw = load<DirectoryEntry>(leaf.bytes, offset);
        const u32 at = offset;
        offset += raw.length;
        if (raw.inode == 0) continue;
        const std::string_view name = as_text(leaf.bytes.subspan(at + sizeof(raw), raw.name_length));
        if (is_dots(name)) continue;
        any = true;
        const u64 own = hash(name, version).key();
        if (own >= key) items.push_back({own, {raw.inode, raw.kind}, std::string{name}});
    }
    return any;
}

/// Of a directory of several blocks without an index: in the order in which the names lie there.
Result<Directory::Part> Directory::list_unsorted(u64 key) {
    const u32 size = store_.geometry().block_size;
    const u64 block = key / size;
    if (block >= block_count()) return Part{{}, key, end_of_listing};
    Part part{.items = {}, .from = key, .next = (block + 1) * size};
    const BufferRef buffer = TRY(leaf(static_cast<u32>(block)));
    for (auto entry = entries(*buffer).next(static_cast<u32>(key % size)); entry;
         entry = entries(*buffer).next(entry->offset + 1))
        if (!is_dots(entry->name))
            part.items.push_back({block * size + entry->offset,
                                  {entry->raw.inode, entry->raw.kind},
                                  std::string{entry->name}});
    return part;
}

Result<Directory::Part> Directory::list(u64 key) {
    if (indexed()) return list_by_index(key);
    if (block_count() != 1 || !rule_.indexes) return list_unsorted(key);
    // It may get an index while somebody lists it, so it is listed in the same order already.
    Part part{.items = {}, .from = key, .next = end_of_listing};
    HashVersion version = rule_.version;
    if (rule_.is_unsigned && version <= HashVersion::tea)
        version = static_cast<HashVersion>(static_cast<u8>(version) + 3);
    const BufferRef buffer = TRY(leaf(0));
    static_cast<void>(collect(*buffer, version, key, part.items));
    std::ranges::sort(part.items, {}, &Item::key);
    return part;
}

} // namespace pith::ext4
