#include "kernel/machine/x86_64/device_ranges.h"

#include <algorithm>

namespace pith::kernel {

DeviceRanges::DeviceRanges(PhysAddr low_top, PhysAddr high_top, u32 physical_bits)
    : low_top_{align_up(std::min(low_top.raw, low_end), ram_granule)},
      high_top_{align_up(std::max(high_top.raw, low_end), ram_granule)},
      end_{u64{1} << std::clamp(physical_bits, 32u, 52u)} {}

void DeviceRanges::reserve(PhysAddr page) {
    if (reserved_count_ < reserved_.size()) reserved_[reserved_count_++] = {align_down(page.raw, page_size)};
}

bool DeviceRanges::is_device_memory(PhysAddr base, PageCount count) const {
    if (!is_page_aligned(base) || count.raw == 0 || count.raw > end_ >> page_shift) return false;
    if (base.raw >= end_ || count.bytes() > end_ - base.raw) return false;
    const u64 first = base.raw, last = base.raw + count.bytes();
    const bool vga = first >= 0xa0000 && last <= 0xc0000;
    const bool low = first >= low_top_ && last <= low_end;
    const bool high = first >= high_top_;
    if (!vga && !low && !high) return false;
    return std::ranges::none_of(std::span{reserved_}.first(reserved_count_),
                                [&](PhysAddr page) { return page.raw >= first && page.raw < last; });
}

} // namespace pith::kernel
