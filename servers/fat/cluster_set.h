#pragma once

#include "servers/fat/format.h"

#include <bit>
#include <vector>

namespace pith::fat {

/// One bit for each cluster.
class ClusterSet {
  public:
    explicit ClusterSet(u32 clusters) : count_{clusters}, bits_((clusters + 63) / 64) {}

    [[nodiscard]] bool has(u32 cluster) const { return (bits_[word(cluster)] & bit(cluster)) != 0; }
    void add(u32 cluster) { bits_[word(cluster)] |= bit(cluster); }
    void remove(u32 cluster) { bits_[word(cluster)] &= ~bit(cluster); }
    /// The first that is not in it, from `cluster` on and then from the start; `no_cluster` where all are.
    [[nodiscard]] u32 first_missing(u32 cluster) const {
        const u64 start = cluster - first_cluster;
        for (u64 i = 0; i <= bits_.size(); ++i) {
            const u64 at = (start / 64 + i) % bits_.size();
            u64 missing = ~bits_[at];
            if (i == 0) missing &= ~u64{0} << start % 64;
            if (missing == 0) continue;
            const u64 found = at * 64 + static_cast<u64>(std::countr_zero(missing));
            if (found < count_) return static_cast<u32>(found) + first_cluster;
        }
        return no_cluster;
    }

  private:
    [[nodiscard]] static u64 word(u32 cluster) { return (cluster - first_cluster) / 64; }
    [[nodiscard]] static u64 bit(u32 cluster) { return u64{1} << (cluster - first_cluster) % 64; }
    u32 count_;
    std::vector<u64> bits_;
};

} // namespace pith::fat
