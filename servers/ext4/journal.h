#pragma once

#include "servers/ext4/cache.h"
#include "servers/ext4/geometry.h"
#include "servers/ext4/journal_map.h"

#include <vector>

namespace pith::ext4 {

/// The log on the disk. It is emptied as a whole, so it never wraps: a transaction goes behind the one
/// before, and where there is no room left, what is logged goes home first and the log begins anew.
class Journal {
  public:
    /// `super` was checked, and what the log held has been brought home.
    Journal(Cache& cache, const Geometry& geometry, JournalMap map, const JournalSuper& super,
            u32 next_sequence);

    /// Blocks that one transaction may change at most.
    [[nodiscard]] u32 largest() const { return (super_.blocks - super_.first) / 4; }
    /// Whether the largest transaction fits behind what the log holds.
    [[nodiscard]] bool has_room() const;
    /// Says on the disk where the log begins. Without transactions, or it would be replayed twice.
    [[nodiscard]] Result<> start();
    /// Says that there is no log.
    [[nodiscard]] Result<> stop();
    /// Writes one transaction, and returns when it is safe.
    [[nodiscard]] Result<> write(std::span<Buffer* const> blocks, std::span<const u64> revoked, u64 seconds);

  private:
    [[nodiscard]] u32 tags_per_block() const;
    [[nodiscard]] u32 revoked_per_block() const;
    [[nodiscard]] Result<Block> next_block(std::vector<BufferRef>& scratch, JournalBlock kind);
    [[nodiscard]] Result<> add_revoked(std::span<const u64> revoked);
    [[nodiscard]] Result<> add_blocks(std::span<Buffer* const> blocks);
    [[nodiscard]] Result<> add_described(std::span<Buffer* const> blocks);
    [[nodiscard]] Result<> write_commit(u64 seconds);
    void put_tag(Block descriptor, u64 at, const Buffer& buffer, ConstBlock as_logged, u32 flags);
    void seal(Block block) const;
    void add_piece(std::span<std::byte> bytes);
    [[nodiscard]] Result<> write_super();

    Cache& cache_;
    Geometry geometry_;
    JournalMap map_;
    JournalSuper super_;
    JournalStyle style_{};
    u32 sequence_;
    u32 head_;
    std::vector<Disk::Piece> pieces_;
    std::vector<BufferRef> scratch_;
};

} // namespace pith::ext4
