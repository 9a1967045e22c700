#pragma once

#include "servers/ext4/block_allocator.h"
#include "servers/ext4/inode.h"

#include <optional>

namespace pith::ext4 {

/// Where some blocks of a file lie.
struct Mapping {
    u64 start = 0;          ///< 0: nowhere, they read as zeros
    u32 count = 0;          ///< from the block that was asked for
    bool unwritten = false; ///< there is room for them, but they read as zeros
};

/// The tree of an inode that says where its blocks lie. Changes the inode, which the caller then saves.
class Extents {
  public:
    Extents(Store& store, BlockAllocator& blocks, Inode& inode)
        : store_{store}, blocks_{blocks}, inode_{inode} {}

    static void make_empty(Inode& inode);

    [[nodiscard]] Result<Mapping> find(u32 block);
    /// Blocks that were nowhere lie there now. Changes up to `most_changes` blocks.
    [[nodiscard]] Result<> insert(u32 block, Run run, bool unwritten = false);
    /// Blocks that had room only have a content now. They lie within one mapping.
    [[nodiscard]] Result<> mark_written(u32 block, u32 count);
    /// Frees all blocks from `first` on, the last first; false where it has to go on in another operation.
    [[nodiscard]] Result<bool> cut(u32 first);
    /// Of the file's last mapped block, plus one.
    [[nodiscard]] Result<u64> end();

    /// Of an insertion: a node a level is split, which takes a bitmap and a descriptor, besides the nodes.
    static constexpr u32 most_changes = 4 * (deepest_extent_tree + 1) + 1;

  private:
    /// A node: the inode's own, without a buffer, or a block.
    struct Node {
        BufferRef buffer;
        Block bytes;
        [[nodiscard]] ExtentHeader header() const { return load<ExtentHeader>(bytes, 0); }
        void set_header(const ExtentHeader& header) const { store(bytes, 0, header); }
        [[nodiscard]] Extent extent(u32 i) const { return load<Extent>(bytes, 12 + u64{i} * 12); }
        [[nodiscard]] ExtentIndex index(u32 i) const { return load<ExtentIndex>(bytes, 12 + u64{i} * 12); }
        template <class T>
        void put(u32 i, const T& entry) const {
            store(bytes, 12 + u64{i} * 12, entry);
        }
        /// The last entry that begins at or before `block`; -1: none does.
        [[nodiscard]] i32 before(u32 block) const;
    };
    using Entry = std::array<std::byte, 12>;

    [[nodiscard]] Result<Node> root();
    [[nodiscard]] Result<Node> child(const Node& parent, u32 i);
    [[nodiscard]] Result<> check(const Node& node, u32 room) const;
    [[nodiscard]] Result<> change(const Node& node);
    [[nodiscard]] Result<bool> extend(u32 block, Run run, bool unwritten);
    [[nodiscard]] Result<bool> path_has_room(u32 block);
    [[nodiscard]] Result<> grow();
    [[nodiscard]] Result<std::optional<ExtentIndex>> insert_into(const Node& node, const Extent& added);
    [[nodiscard]] Result<std::optional<ExtentIndex>> put_entry(const Node& node, u32 at, const Entry& entry);
    [[nodiscard]] Result<Node> make_node(u16 depth);
    [[nodiscard]] Result<bool> cut(const Node& node, u32 first);
    [[nodiscard]] Result<bool> cut_extent(const Node& leaf, u32 first);

    Store& store_;
    BlockAllocator& blocks_;
    Inode& inode_;
};

[[nodiscard]] inline u32 length_of(const Extent& extent) {
    return extent.length > longest_extent ? extent.length - longest_extent : extent.length;
}
[[nodiscard]] inline bool is_unwritten(const Extent& extent) { return extent.length > longest_extent; }
[[nodiscard]] inline u64 start_of(const Extent& extent) { return joined(extent.start_lo, extent.start_hi); }
[[nodiscard]] Extent make_extent(u32 block, u64 start, u32 count, bool unwritten);

} // namespace pith::ext4
