#pragma once

#include "base/address.h"

#include <array>
#include <span>

namespace pith::kernel {

/// Ranges of whole pages: apart from each other, in ascending order. More than the capacity are left out:
/// memory that nobody uses rather than memory that two use.
class RangeSet {
  public:
    struct Range {
        u64 first, end; ///< bytes, page-aligned
        [[nodiscard]] PhysAddr base() const { return {first}; }
        [[nodiscard]] PageCount count() const { return pages((end - first) >> page_shift); }
    };
    static constexpr u32 capacity = 512;
    /// Beyond what a page table entry can name.
    static constexpr u64 limit = u64{1} << 52;

    /// Only the whole pages within [base, base + size).
    void add(PhysAddr base, u64 size);
    /// Every page that [base, base + size) touches.
    void remove(PhysAddr base, u64 size);

    [[nodiscard]] std::span<const Range> ranges() const { return std::span{ranges_}.first(count_); }
    [[nodiscard]] PageCount total() const;
    [[nodiscard]] u64 end() const { return count_ == 0 ? 0 : ranges_[count_ - 1].end; }

  private:
    void insert(u32 at, Range range);
    void erase(u32 at);

    std::array<Range, capacity> ranges_{};
    u32 count_ = 0;
};

} // namespace pith::kernel
