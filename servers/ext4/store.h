#pragma once

#include "base/calendar.h"
#include "servers/ext4/journal.h"
#include "servers/ext4/seals.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace pith::ext4 {

/// Blocks next to each other.
struct Run {
    u64 start = 0;
    u32 count = 0;
};

/// The blocks that describe the file system: checked when they are read, changed in operations. An operation
/// happens whole or not at all, also where it fails in the middle; many of them make a transaction, which the
/// journal makes safe. What fails for reasons that only a damaged disk gives ends all changes.
class Store {
  public:
    Store(Disk& disk, const Geometry& geometry);
    Store(const Store&) = delete;

    [[nodiscard]] const Geometry& geometry() const { return geometry_; }
    [[nodiscard]] Cache& cache() { return cache_; }
    [[nodiscard]] Seals& seals() { return seals_; }

    /// A block of that content. `bad_format` where its checksum is wrong or it is something else already.
    [[nodiscard]] Result<BufferRef> read(u64 number, Content content, u32 owner);
    /// A block that was free: zeros, and part of the operation.
    [[nodiscard]] Result<BufferRef> make(u64 number, Content content, u32 owner);
    /// Before anything in the buffer is changed.
    [[nodiscard]] Result<> change(Buffer& buffer);
    [[nodiscard]] Result<GroupDescriptor> descriptor(u32 group);
    /// Within an operation.
    [[nodiscard]] Result<> put_descriptor(u32 group, const GroupDescriptor& descriptor);
    [[nodiscard]] Result<Superblock> super();
    /// Within an operation.
    [[nodiscard]] Result<> put_super(const Superblock& super);
    /// Something contradicts itself: nothing is changed any more.
    [[nodiscard]] std::unexpected<Error> damaged();

    /// The operation took these blocks; gave them back.
    void allocated(Run run) { allocated_.push_back(run); }
    void released(Run run);
    /// One bit each for those blocks of a group that were given back but, if the power goes now, are not:
    /// they must not be used again yet. Null where there are none.
    [[nodiscard]] const std::vector<u64>* held_back(u32 group) const;
    [[nodiscard]] bool holds_back() const { return !held_back_.empty(); }

    /// From here on it can be changed.
    [[nodiscard]] Result<> make_writable(JournalMap map, const JournalSuper& super, u32 next_sequence);
    [[nodiscard]] bool writable() const { return journal_.has_value() && !damaged_; }
    [[nodiscard]] bool is_damaged() const { return damaged_; }
    [[nodiscard]] Result<> commit();
    /// After this all is safe, and the disk looks as if it had never been mounted.
    [[nodiscard]] Result<> sync();
    void set_time(WallTime now) { now_ = now; }
    [[nodiscard]] WallTime time() const { return now_; }
    [[nodiscard]] bool has_changes() const {
        return !running_.empty() || cache_.dirty_count() > 0 || !clean_;
    }
    /// How many more blocks the running operation may change.
    [[nodiscard]] u64 blocks_left() const { return most_ - std::min<u64>(undo_.size(), most_); }

  private:
    friend class Operation;
    struct Undo {
        BufferRef buffer;
        bool was_running;
        Content content;
        u32 owner;
        u64 checked;
    };

    [[nodiscard]] u64 limit() const { return std::min<u64>(journal_->largest(), cache_.capacity() / 4); }
    [[nodiscard]] Result<> begin(u32 blocks);
    void finish();
    void undo();
    void forget(const Run& run);
    void drop(u64 number);
    [[nodiscard]] Result<> make_room(u32 blocks);
    [[nodiscard]] Result<> commit_all();
    [[nodiscard]] Result<> checkpoint();
    [[nodiscard]] Result<> write_logged();
    [[nodiscard]] Result<> mark(bool clean);
    [[nodiscard]] u64 super_block() const { return geometry_.first_block; }
    [[nodiscard]] u64 super_at() const { return geometry_.first_block == 1 ? 0 : superblock_offset; }

    Geometry geometry_;
    Cache cache_;
    Seals seals_;
    std::optional<Journal> journal_;
    std::vector<std::byte> super_on_disk_; ///< its block
    bool clean_ = true;                    ///< the disk says that there is nothing to replay
    bool damaged_ = false;
    bool failed_ = false; ///< what was to be made safe may not be
    WallTime now_{};

    std::vector<Buffer*> running_; ///< may name buffers that are no longer `running`
    std::vector<Buffer*> logged_;  ///< the same
    std::vector<u64> revoked_;
    std::map<u32, std::vector<u64>> held_back_;

    bool in_operation_ = false;
    u64 operation_ = 0;
    u32 most_ = 0;
    u64 running_before_ = 0;
    std::vector<Undo> undo_;
    std::vector<std::unique_ptr<std::byte[]>> copies_; ///< for undo_, and kept for the next ones
    std::vector<Run> allocated_;
    std::vector<Run> released_;
};

/// From `begin` until `finish`, or, without that, until its end, where all is as it was before.
class Operation {
  public:
    /// It changes at most `blocks` blocks.
    [[nodiscard]] static Result<Operation> begin(Store& store, u32 blocks) {
        TRY(store.begin(blocks));
        return Operation{store};
    }
    Operation(Operation&& other) noexcept : store_{std::exchange(other.store_, nullptr)} {}
    ~Operation() {
        if (store_ != nullptr) store_->undo();
    }
    void finish() { std::exchange(store_, nullptr)->finish(); }

  private:
    explicit Operation(Store& store) : store_{&store} {}
    Store* store_;
};

} // namespace pith::ext4
