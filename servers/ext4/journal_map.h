#pragma once

#include "base/result.h"
#include "servers/ext4/journal_format.h"

#include <vector>

namespace pith::ext4 {

/// Where the journal's blocks lie.
class JournalMap {
  public:
    /// The next `count` blocks of the journal lie at `start`.
    void add(u64 start, u32 count) {
        runs_.push_back({size_, start, count});
        size_ += count;
    }
    [[nodiscard]] u32 size() const { return size_; }
    /// Below `size()`.
    [[nodiscard]] u64 at(u32 index) const {
        u64 low = 0;
        u64 high = runs_.size();
        while (high - low > 1) {
            const u64 middle = (low + high) / 2;
            (runs_[middle].first <= index ? low : high) = middle;
        }
        return runs_[low].start + (index - runs_[low].first);
    }
    template <class F>
    void for_each_run(F&& each) const {
        for (const Run& run : runs_)
            each(run.start, run.count);
    }

  private:
    struct Run {
        u32 first;
        u64 start;
        u32 count;
    };
    std::vector<Run> runs_;
    u32 size_ = 0;
};

/// How this journal writes numbers and checksums.
struct JournalStyle {
    u32 block_size;
    bool wide;
    bool v2;
    bool v3;
    u32 seed;

    [[nodiscard]] static JournalStyle of(const JournalSuper& super);
    [[nodiscard]] bool checksums() const { return v2 || v3; }
    [[nodiscard]] u32 tag_bytes() const { return v3 ? 16 : 8 + (v2 ? 2 : 0) + (wide ? 4 : 0); }
    [[nodiscard]] u32 tail_bytes() const { return checksums() ? 4 : 0; }
    [[nodiscard]] u32 number_bytes() const { return wide ? 8 : 4; }
    /// Of a block as it lies in the log.
    [[nodiscard]] u32 data_checksum(u32 sequence, ConstBlock block) const;
    /// Of a block with its checksum at `at`, which counts as zero.
    [[nodiscard]] u32 block_checksum(ConstBlock block, u64 at) const;
};

[[nodiscard]] u32 journal_super_checksum(const JournalSuper& super);
/// Whether this is a journal of `blocks` blocks that can be understood.
[[nodiscard]] Result<> check_journal(const JournalSuper& super, u32 block_size, u32 blocks);

} // namespace pith::ext4
