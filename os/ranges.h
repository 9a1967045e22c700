#pragma once

#include "base/address.h"
#include "base/checked.h"
#include "base/result.h"

#include <array>

namespace pith::os {

/// Hands out page ranges of a window of addresses, lowest first; large ones so that large pages fit. A fixed
/// table: taking a range never allocates.
class Ranges {
  public:
    constexpr Ranges(VirtAddr start, PageCount size) : start_{start}, size_{size} {}

    [[nodiscard]] constexpr Result<VirtAddr> take(PageCount count) {
        if (count.raw == 0) return fail(Error::bad_argument);
        if (used_ == taken_.size()) return fail(Error::no_memory);
        const u64 alignment = count.raw < large_page ? 1 : large_page;
        const u64 offset = (start_.raw >> page_shift) % alignment;
        u64 page = align_up(offset, alignment) - offset; // the first to try behind the ranges before `slot`
        u32 slot = 0;
        while (slot < used_ && taken_[slot].page < page + count.raw) {
            page = align_up(offset + taken_[slot].page + taken_[slot].count, alignment) - offset;
            ++slot;
        }
        if (!within(page, count.raw, size_.raw)) return fail(Error::no_memory);
        for (u32 i = used_; i > slot; --i)
            taken_[i] = taken_[i - 1];
        taken_[slot] = {page, count.raw};
        ++used_;
        return start_ + pages(page);
    }

    /// `at` came from `take` and was not given back yet.
    constexpr void give_back(VirtAddr at) {
        const u64 page = (at - start_) >> page_shift;
        u32 slot = 0;
        while (slot < used_ && taken_[slot].page != page)
            ++slot;
        if (slot == used_) return;
        for (--used_; slot < used_; ++slot)
            taken_[slot] = taken_[slot + 1];
    }

  private:
    static constexpr u64 large_page = 512; ///< pages
    struct Range {
        u64 page;
        u64 count;
    };
    VirtAddr start_;
    PageCount size_;
    u32 used_ = 0;
    std::array<Range, 64> taken_{}; ///< the first `used_` hold, by address
};

} // namespace pith::os
