#pragma once

#include "servers/fat/store.h"

namespace pith::fat {

/// Where in a chain somebody was last, so that the way there need not be gone again.
struct Position {
    u32 index = 0;
    u32 cluster = no_cluster;
};

/// What files hold. The entry is changed in memory; who asked brings it to the disk.
class FileData {
  public:
    explicit FileData(Store& store) : store_{store} {}

    /// All of `bytes`, which end within the file.
    [[nodiscard]] Result<> read(const Entry& entry, u64 offset, std::span<std::byte> bytes, Position& at);
    /// Bytes written: fewer where space ended; `no_space` where none was. Not behind the end.
    [[nodiscard]] Result<u64> write(Entry& entry, u64 offset, std::span<const std::byte> bytes, Position& at);
    /// Zeros up to there. All or nothing.
    [[nodiscard]] Result<> extend(Entry& entry, u64 size, Position& at);
    /// Gives up what lies behind.
    [[nodiscard]] Result<> cut(Entry& entry, u64 size, Position& at);

  private:
    /// `no_cluster` where the chain ends before.
    [[nodiscard]] Result<u32> cluster_at(const Entry& entry, u32 index, Position& at);
    [[nodiscard]] Result<> read_run(u64 place, u64 available, std::span<std::byte> bytes);
    /// The cluster to write to, at the chain's end a new one.
    [[nodiscard]] Result<u32> cluster_for(Entry& entry, u32 index, Position& at, bool& is_new);
    [[nodiscard]] Result<> write_cluster(u32 cluster, bool is_new, u64 within,
                                         std::span<const std::byte> bytes);

    Store& store_;
};

} // namespace pith::fat
