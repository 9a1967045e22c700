#pragma once

#include "servers/ext4/cache.h"
#include "servers/ext4/geometry.h"
#include "servers/ext4/journal_map.h"

#include <vector>

namespace pith::ext4 {

/// Brings what the journal's committed transactions say to where it belongs. Everything is checked before the
/// first block is written; a log that ends in the middle of a transaction ends before it.
class Replay {
  public:
    Replay(Cache& cache, const Geometry& geometry, const JournalMap& map, const JournalSuper& super)
        : cache_{cache}, geometry_{geometry}, map_{map}, super_{super}, style_{JournalStyle::of(super)} {}

    /// Does it all, but for marking the log as empty.
    [[nodiscard]] Result<> run();
    /// Afterwards: the sequence number of the next transaction.
    [[nodiscard]] u32 next_sequence() const { return sequence_ + 1; }
    [[nodiscard]] u64 written() const { return written_; }

  private:
    struct Logged {
        u64 block;
        u32 sequence;
        u32 index; ///< where in the log
        bool escaped;
    };
    struct Revoked {
        u64 block;
        u32 sequence;
    };

    [[nodiscard]] Result<> scan();
    /// One transaction's blocks from `position` on; false: it is not whole.
    [[nodiscard]] Result<bool> scan_transaction();
    [[nodiscard]] Result<bool> take_tags(ConstBlock descriptor);
    [[nodiscard]] Result<bool> take_revoked(ConstBlock block);
    [[nodiscard]] Result<bool> data_is_right(u32 index, u32 checksum);
    [[nodiscard]] bool tail_is_right(ConstBlock block) const;
    [[nodiscard]] Result<BufferRef> read(u32 index);
    [[nodiscard]] bool step();
    void drop_revoked();
    [[nodiscard]] Result<> write();

    Cache& cache_;
    const Geometry& geometry_;
    const JournalMap& map_;
    const JournalSuper& super_;
    JournalStyle style_;
    u32 position_ = 0;
    u32 sequence_ = 0;
    u32 steps_ = 0;
    u64 written_ = 0;
    std::vector<Logged> logged_;
    std::vector<Revoked> revoked_;
};

} // namespace pith::ext4
