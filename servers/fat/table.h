#pragma once

#include "servers/disk_files/cache.h"
#include "servers/fat/cluster_set.h"
#include "servers/fat/geometry.h"

#include <map>
#include <set>

namespace pith::fat {

/// What is known of a block in memory.
struct Note {
    bool changed = false; ///< part of a directory that the disk has otherwise

    [[nodiscard]] bool is_kept() const { return changed; }
};
using Buffer = disk_files::Buffer<Note>;
using BufferRef = disk_files::BufferRef<Note>;
using Cache = disk_files::Cache<Note>;

/// The allocation table: which cluster follows which. What is changed is kept apart until the commit, whose
/// steps bring it to the disk in such an order that no chain ever leads into a free cluster or another chain.
class Table {
  public:
    Table(Cache& cache, const Geometry& geometry)
        : cache_{cache}, geometry_{geometry}, taken_{geometry.clusters} {}

    /// Reads all of it. False: its copies are not equal.
    [[nodiscard]] Result<bool> read_all();
    /// The next of a chain; `no_cluster` behind its end. `bad_format` where the chain leads to nothing.
    [[nodiscard]] Result<u32> next(u32 cluster);
    /// The same, without what the commit will change.
    [[nodiscard]] Result<u32> next_on_disk(u32 cluster);
    [[nodiscard]] bool is_taken(u32 cluster) const { return taken_.has(cluster); }
    [[nodiscard]] u32 free_count() const { return free_; }
    [[nodiscard]] u32 hint() const { return hint_; }

    /// A chain of one cluster, if possible this one or one behind it.
    [[nodiscard]] Result<u32> allocate(u32 goal);
    /// Allocated since the last commit: whatever the disk has there, nobody can see it.
    [[nodiscard]] bool is_fresh(u32 cluster) const { return fresh_.contains(cluster); }
    /// `cluster`, fresh, follows `tail`, which was a chain's end. The end must not be one by `cut`.
    void append(u32 tail, u32 cluster) { (is_fresh(tail) ? fresh_ : links_)[tail] = cluster; }
    [[nodiscard]] bool is_cut(u32 cluster) const { return ends_.contains(cluster); }
    /// The chain ends here; what followed is given up.
    void cut(u32 tail, u32 rest) {
        ends_.insert(tail);
        release(rest);
    }
    /// Gives a whole chain up: its clusters are free after the commit.
    void release(u32 first) { released_.push_back(first); }
    [[nodiscard]] bool holds_back() const { return !released_.empty(); }

    // The steps of a commit; false where there was nothing to do. Between two of them, the disk is flushed.
    [[nodiscard]] Result<bool> write_fresh();
    [[nodiscard]] Result<bool> write_links();
    [[nodiscard]] Result<bool> write_ends();
    [[nodiscard]] Result<bool> write_released();
    [[nodiscard]] bool has_changes() const {
        return !fresh_.empty() || !links_.empty() || !ends_.empty() || !released_.empty();
    }
    [[nodiscard]] u64 change_count() const { return fresh_.size() + links_.size() + ends_.size(); }

    /// For repairs: frees a cluster that belongs to no chain.
    [[nodiscard]] Result<> free_lost(u32 cluster);
    [[nodiscard]] Result<bool> is_bad(u32 cluster) { return TRY(raw(cluster)) == link::bad; }
    /// The copies, from the one that is read.
    [[nodiscard]] Result<> make_equal();
    [[nodiscard]] Result<> write_out();
    /// What the second entry says: whether the disk was left in order.
    [[nodiscard]] Result<bool> is_marked_clean();
    [[nodiscard]] Result<> mark(bool clean);

  private:
    [[nodiscard]] u64 place_of(u32 entry) const { return geometry_.fat_start + u64{entry} * sizeof(u32); }
    [[nodiscard]] Result<u32> following(u32 value) const;
    [[nodiscard]] Result<u32> whole(u32 entry);
    [[nodiscard]] Result<u32> raw(u32 cluster) { return TRY(whole(cluster)) & link::mask; }
    [[nodiscard]] Result<> put_whole(u32 entry, u32 value);
    [[nodiscard]] Result<> rewrite(u32 entry) { return put_whole(entry, TRY(whole(entry))); }
    [[nodiscard]] Result<> put(u32 cluster, u32 value) {
        return put_whole(cluster, (TRY(whole(cluster)) & ~link::mask) | value);
    }
    [[nodiscard]] Result<bool> write_all(const std::map<u32, u32>& values);
    [[nodiscard]] Result<> free_chain(u32 first);
    [[nodiscard]] Result<> read_ahead(u64 block, u64 blocks);
    [[nodiscard]] Result<bool> is_equal_to(u32 fat, u64 block, u64 blocks);

    Cache& cache_;
    const Geometry& geometry_;
    ClusterSet taken_;
    u32 free_ = 0;
    u32 hint_ = first_cluster; ///< where to look for a free one next

    std::map<u32, u32> fresh_; ///< of clusters that nothing on the disk leads to
    std::map<u32, u32> links_; ///< from an end of what is on the disk to a fresh one
    std::set<u32> ends_;       ///< ends from now on
    std::vector<u32> released_;

    std::set<u64> sectors_;         ///< changed in memory, as their places on the disk
    std::vector<BufferRef> pinned_; ///< where they lie
};

} // namespace pith::fat
