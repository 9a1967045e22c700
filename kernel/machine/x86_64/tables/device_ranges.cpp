#include "kernel/machine/x86_64/device_ranges.h"

#include "base/panic.h"

#include <algorithm>

namespace pith::kernel {

DeviceRanges::DeviceRanges(PhysAddr low_top, PhysAddr high_top, u32 physical_bits)
    : low_top_{align_up(std::min(low_top.raw, low_end), ram_granule)},
      high_top_{align_up(std::max(high_top.raw, low_end), ram_granule)},
      end_{u64{1} << std::clamp(physical_bits, 32u, 52u)} {}

void DeviceRanges::reserve(PhysAddr base, u64 size) {
    require(reserved_count_ < reserved_.size(), "more of the kernel's own registers than there is room for");
    const u64 end = size <= ~base.raw ? base.raw + size : ~u64{0};
    reserved_[reserved_count_++] = {align_down(base.raw, page_size), end};
}

void DeviceRanges::show(PhysAddr base, u64 size) {
    if (shown_count_ == shown_.size() || size > end_ || base.raw > end_ - size) return;
    shown_[shown_count_++] = {align_down(base.raw, page_size), align_up(base.raw + size, page_size)};
}

bool DeviceRanges::is_device_memory(PhysAddr base, PageCount count) const {
    if (!is_page_aligned(base) || count.raw == 0 || count.raw > end_ >> page_shift) return false;
    if (base.raw >= end_ || count.bytes() > end_ - base.raw) return false;
    const u64 first = base.raw, last = base.raw + count.bytes();
    const auto holds = [&](const Range& range) { return range.first <= first && last <= range.end; };
    if (std::ranges::any_of(std::span{shown_}.first(shown_count_), holds)) return true;
    const bool vga = first >= 0xa0000 && last <= 0xc0000;
    const bool low = first >= low_top_ && last <= low_end;
    const bool high = first >= high_top_;
    if (!vga && !low && !high) return false;
    return std::ranges::none_of(std::span{reserved_}.first(reserved_count_),
                                [&](const Range& range) { return range.first < last && first < range.end; });
}

} // namespace pith::kernel
