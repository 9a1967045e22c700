#pragma once

#include "abi/trace.h"

#include <algorithm>
#include <span>

namespace pith::kernel {

/// What one core did lately: the newest entries, in memory that whoever made it lends for ever. Their times
/// are ticks of the machine's clock; who reads turns them into nanoseconds.
class TraceRing {
  public:
    /// How much memory a core's ring has on a real machine.
    static constexpr u64 bytes = 16384;

    TraceRing() = default;
    /// `entries`: a power of two of them.
    explicit TraceRing(std::span<abi::TraceEntry> entries) : entries_{entries} {}

    void add(const abi::TraceEntry& entry) {
        if (!entries_.empty()) entries_[written_++ & (entries_.size() - 1)] = entry;
    }
    /// Copies entries from number `from` on, and says how many; `from` becomes the number behind them. What
    /// the ring has lost is skipped.
    u64 read(u64& from, std::span<abi::TraceEntry> to) const {
        const u64 oldest = written_ - std::min<u64>(written_, entries_.size());
        from = std::clamp(from, oldest, written_);
        const u64 count = std::min<u64>(written_ - from, to.size());
        for (u64 i = 0; i < count; ++i)
            to[i] = entries_[from++ & (entries_.size() - 1)];
        return count;
    }

  private:
    std::span<abi::TraceEntry> entries_;
    u64 written_ = 0;
};

} // namespace pith::kernel
