#pragma once

#include "base/address.h"
#include "base/result.h"

#include <array>

namespace pith::os {

/// Hands out page ranges of a window of addresses, lowest first. A fixed table: taking a range never
/// allocates.
class Ranges {
  public:
    constexpr Ranges(VirtAddr start, PageCount size) : start_{start}, size_{size} {}

    [[nodiscard]] constexpr Result<VirtAddr> take(PageCount count) {
        if (count.raw == 0) return fail(Error::bad_argument);
        if (used_ == taken_.size()) return fail(Error::no_memory);
        u64 page = 0; // the first page behind the ranges before `slot`
        u32 slot = 0;
        while (slot < used_ && taken_[slot].page - page < count.raw) {
            page = taken_[slot].page + taken_[slot].count;
            ++slot;
        }
        if (count.raw > size_.raw - page) return fail(Error::no_memory);
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
