#include "kernel/machine/x86_64/tables/range_set.h"

#include <algorithm>

namespace pith::kernel {

void RangeSet::insert(u32 at, Range range) {
    if (count_ == capacity || range.first >= range.end) return;
    std::copy_backward(ranges_.begin() + at, ranges_.begin() + count_, ranges_.begin() + count_ + 1);
    ranges_[at] = range;
    ++count_;
}

void RangeSet::erase(u32 at) {
    std::copy(ranges_.begin() + at + 1, ranges_.begin() + count_, ranges_.begin() + at);
    --count_;
}

void RangeSet::add(PhysAddr base, u64 size) {
    if (base.raw >= limit) return;
    size = std::min(size, limit - base.raw);
    Range range{align_up(base.raw, page_size), align_down(base.raw + size, page_size)};
    if (range.first >= range.end) return;
    u32 at = 0;
    while (at < count_ && ranges_[at].end < range.first)
        ++at;
    while (at < count_ && ranges_[at].first <= range.end) { // touches or overlaps: becomes one
        range = {std::min(range.first, ranges_[at].first), std::max(range.end, ranges_[at].end)};
        erase(at);
    }
    insert(at, range);
}

void RangeSet::remove(PhysAddr base, u64 size) {
    if (base.raw >= limit || size == 0) return;
    size = std::min(size, limit - base.raw);
    const u64 first = align_down(base.raw, page_size), end = align_up(base.raw + size, page_size);
    for (u32 at = 0; at < count_;) {
        const Range range = ranges_[at];
        if (range.end <= first || range.first >= end) {
            ++at;
            continue;
        }
        erase(at);
        if (range.first < first) insert(at++, {range.first, first});
        if (range.end > end) insert(at++, {end, range.end});
    }
}

PageCount RangeSet::total() const {
    PageCount sum{};
    for (const Range& range : ranges())
        sum += range.count();
    return sum;
}

} // namespace pith::kernel
