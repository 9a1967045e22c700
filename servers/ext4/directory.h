#pragma once

#include "servers/ext4/entry_block.h"
#include "servers/ext4/extents.h"
#include "servers/ext4/name_hash.h"

#include <string>
#include <vector>

namespace pith::ext4 {

/// What a name in a directory stands for.
struct Named {
    u32 inode;
    u8 kind; ///< entry_kind
};

/// How names are sorted in this file system's directories.
struct HashRule {
    bool indexes; ///< new directories get an index when they grow
    HashVersion version;
    std::array<u32, 4> seed;
    bool is_unsigned;
    [[nodiscard]] static HashRule of(const Superblock& super);
};

/// The entries of one directory, with an index or without. Changes the inode, which the caller then saves.
class Directory {
  public:
    Directory(Store& store, BlockAllocator& blocks, const HashRule& rule, Inode& inode)
        : store_{store}, blocks_{blocks}, rule_{rule}, inode_{inode} {}

    /// The first block of a new one.
    [[nodiscard]] Result<> make(u32 parent);
    [[nodiscard]] Result<Named> find(std::string_view name);
    /// The name is not there yet.
    [[nodiscard]] Result<> insert(std::string_view name, Named what);
    [[nodiscard]] Result<> remove(std::string_view name);
    /// From now on the name stands for something else.
    [[nodiscard]] Result<> redirect(std::string_view name, Named what);
    [[nodiscard]] Result<u32> parent();
    [[nodiscard]] Result<> set_parent(u32 parent);
    [[nodiscard]] Result<bool> is_empty();

    struct Item {
        u64 key; ///< what a listing is in the order of
        Named what;
        std::string name;
    };
    /// Part of the directory's listing, in order, from `key` on, and from which key it goes on.
    struct Part {
        std::vector<Item> items;
        u64 from;
        u64 next; ///< `end_of_listing`: nothing comes behind
    };
    static constexpr u64 end_of_listing = ~u64{0};
    [[nodiscard]] Result<Part> list(u64 key);

  private:
    /// One level of the index on the way to a leaf.
    struct Frame {
        BufferRef buffer;
        IndexPlace place{};
        u32 at = 0;
        [[nodiscard]] IndexEntry entry(u32 i) const {
            return load<IndexEntry>(buffer->bytes, place.entries + u64{i} * 8);
        }
        [[nodiscard]] u32 block() const { return entry(at).block; }
        [[nodiscard]] bool full() const { return place.count.count == place.count.limit; }
        void set_count(u32 count);
        void insert(u32 where, IndexEntry entry);
    };
    /// From the root to the index block that names the leaf.
    struct Way {
        std::vector<Frame> frames;
        HashVersion version{};
        [[nodiscard]] Frame& last() { return frames.back(); }
        [[nodiscard]] u32 leaf() const { return frames.back().block(); }
    };
    struct Found {
        BufferRef buffer;
        EntryBlock::Entry entry;
    };

    [[nodiscard]] bool indexed() const { return inode_.has(inode_flags::indexed); }
    [[nodiscard]] u32 block_count() const;
    [[nodiscard]] bool checksums() const { return store_.geometry().checksums; }
    [[nodiscard]] EntryBlock entries(const Buffer& buffer) const { return {buffer.bytes, checksums()}; }
    [[nodiscard]] Result<u64> where(u32 block);
    [[nodiscard]] Result<BufferRef> leaf(u32 block);
    [[nodiscard]] Result<BufferRef> append(Content content, u32& block);
    [[nodiscard]] Result<Found> locate(std::string_view name);
    [[nodiscard]] Result<std::optional<Found>> find_in(u32 block, std::string_view name);
    [[nodiscard]] Result<> insert_linear(std::string_view name, Named what);
    [[nodiscard]] bool collect(const Buffer& leaf, HashVersion version, u64 key,
                               std::vector<Item>& items) const;
    [[nodiscard]] Result<Part> list_unsorted(u64 key);

    // directory_index.cpp
    [[nodiscard]] Result<Frame> frame(u32 block, bool is_root);
    [[nodiscard]] Result<Way> way_to(u32 hash);
    /// To the next leaf; false behind the last.
    [[nodiscard]] Result<bool> advance(Way& way);
    [[nodiscard]] NameHash hash(std::string_view name, HashVersion version) const {
        return hash_name(name, version, rule_.seed);
    }
    [[nodiscard]] Result<Found> locate_by_index(std::string_view name);
    [[nodiscard]] Result<> make_index();
    [[nodiscard]] Result<> insert_by_index(std::string_view name, Named what);
    [[nodiscard]] Result<> make_room(Way& way);
    [[nodiscard]] Result<> grow(Way& way);
    [[nodiscard]] Result<> split_node(Way& way);
    [[nodiscard]] Result<BufferRef> split_leaf(Way& way, BufferRef old, u32 hash);
    [[nodiscard]] Result<bool> is_empty_by_index();
    [[nodiscard]] Result<Part> list_by_index(u64 key);

    Store& store_;
    BlockAllocator& blocks_;
    const HashRule& rule_;
    Inode& inode_;
};

} // namespace pith::ext4
