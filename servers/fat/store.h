#pragma once

#include "servers/fat/table.h"

namespace pith::fat {

/// The blocks in memory and the order in which they reach the disk. Whatever the moment at which the machine
/// stops, each name on the disk leads to whole chains, and no two names to one, but for the moment within a
/// rename (docs/files.md); at worst there are clusters that nobody has.
class Store {
  public:
    Store(Disk& disk, const Geometry& geometry)
        : geometry_{geometry},
          cache_{disk, geometry.block_bytes, geometry.origin},
          table_{cache_, geometry_},
          directories_{geometry.clusters} {}
    Store(const Store&) = delete;
    ~Store();

    [[nodiscard]] const Geometry& geometry() const { return geometry_; }
    [[nodiscard]] Cache& cache() { return cache_; }
    [[nodiscard]] Table& table() { return table_; }

    /// The block that holds this byte of the disk.
    [[nodiscard]] Result<BufferRef> at(u64 place) { return cache_.read(geometry_.block_of(place)); }
    [[nodiscard]] Result<Entry> entry(u64 place);
    /// Of a directory: on the disk after the commit.
    [[nodiscard]] Result<> put(u64 place, ConstBlock bytes);
    [[nodiscard]] Result<> put(u64 place, const Entry& entry) { return put(place, bytes_of(entry)); }
    /// The next of a chain; what leads to nothing ends all changes.
    [[nodiscard]] Result<u32> next(u32 cluster);
    /// Takes a free cluster; after a commit, where only what was given up just now is left.
    [[nodiscard]] Result<u32> allocate(u32 goal);
    /// A cluster of zeros for a directory.
    [[nodiscard]] Result<u32> make_empty(u32 goal);
    /// Whether names lie in it: a number that somebody has kept must not make any other bytes into one.
    [[nodiscard]] bool is_directory(u32 cluster) const {
        return cluster != no_cluster && directories_.has(cluster) && table_.is_taken(cluster);
    }
    void add_directory(u32 cluster) { directories_.add(cluster); }

    /// Something contradicts itself: nothing is changed any more.
    [[nodiscard]] std::unexpected<Error> damaged();
    void set_read_only() { writable_ = false; }
    [[nodiscard]] bool writable() const { return writable_; }
    /// Whether changes may begin: room in memory is made where there is too little.
    [[nodiscard]] Result<> prepare();
    /// Safe afterwards is all that was done before.
    [[nodiscard]] Result<> commit();
    /// ... and the disk says that it was left in order.
    [[nodiscard]] Result<> sync();
    [[nodiscard]] bool has_changes() const { return has_uncommitted() || !clean_; }
    /// What the mount found.
    void set_clean(bool clean) { clean_ = clean; }
    [[nodiscard]] Result<bool> is_marked_clean();

  private:
    [[nodiscard]] bool has_uncommitted() const {
        return table_.has_changes() || cache_.dirty_count() > 0 || !changed_.empty();
    }
    [[nodiscard]] Result<> commit_all();
    [[nodiscard]] Result<> write_directories();
    [[nodiscard]] Result<> write_info();
    [[nodiscard]] Result<> mark_boot_sector(bool clean);
    [[nodiscard]] Result<> mark(bool clean);
    /// Reads a sector that no block covers, has it changed, and writes it.
    [[nodiscard]] Result<> change_sector(u64 place, auto&& change);

    Geometry geometry_;
    Cache cache_;
    Table table_;
    ClusterSet directories_; ///< clusters that hold names, if they are taken
    std::vector<Buffer*> changed_;
    bool writable_ = true;
    bool failed_ = false;
    bool clean_ = true; ///< so the disk says
};

} // namespace pith::fat
