#include "kernel/machine/x86_64/port_bitmaps.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace pith::kernel {
namespace {

std::span<const PortSet::Range> ranges_of(const PortSet& set) {
    return std::span{set.ranges}.first(std::min(set.size, PortSet::capacity));
}

/// Clears the bits of one range, whole bytes at once.
void allow(PortBitmaps::Bitmap& bitmap, PortSet::Range range) {
    if (range.first >= PortBitmaps::ports || range.count == 0) return;
    const u32 end = range.first + std::min(range.count, PortBitmaps::ports - range.first);
    const u32 first_byte = range.first / 8, last_byte = (end - 1) / 8;
    const u32 head = 0xffu << range.first % 8 & 0xff; // from the first port on
    const u32 tail = 0xffu >> (7 - (end - 1) % 8);    // up to the last
    const auto clear = [&](u32 byte, u32 mask) { bitmap.bits[byte] &= static_cast<u8>(~mask); };
    if (first_byte == last_byte) return clear(first_byte, head & tail);
    clear(first_byte, head);
    std::memset(&bitmap.bits[first_byte] + 1, 0, last_byte - first_byte - 1);
    clear(last_byte, tail);
}

/// Sets the bytes that the range touches: nothing else is allowed in this bitmap.
void deny(PortBitmaps::Bitmap& bitmap, PortSet::Range range) {
    if (range.first >= PortBitmaps::ports || range.count == 0) return;
    const u32 end = range.first + std::min(range.count, PortBitmaps::ports - range.first);
    const u32 first_byte = range.first / 8, last_byte = (end - 1) / 8;
    std::memset(&bitmap.bits[first_byte], 0xff, last_byte - first_byte + 1);
}

} // namespace

PortBitmaps::PortBitmaps() {
    for (Bitmap& bitmap : bitmaps_) {
        bitmap.bits.fill(0xff);
        bitmap.end.fill(0xff);
    }
}

void PortBitmaps::load(u32 place, const PortSet& set) {
    Content& content = contents_[place];
    for (const PortSet::Range& range : ranges_of(content.set))
        deny(bitmaps_[place], range);
    for (const PortSet::Range& range : ranges_of(set))
        allow(bitmaps_[place], range);
    content = {&set, set};
}

void PortBitmaps::extend(u32 place, const PortSet& set) {
    Content& content = contents_[place];
    for (const PortSet::Range& range : ranges_of(set).subspan(ranges_of(content.set).size()))
        allow(bitmaps_[place], range);
    content.set = set;
}

u32 PortBitmaps::select(const PortSet& set) {
    for (u32 place = 0; place < places; ++place) {
        if (contents_[place].owner != &set) continue;
        // A process's set only grows; another process's at the same place was forgotten before.
        if (contents_[place].set.revision != set.revision) extend(place, set);
        return place;
    }
    const u32 place = next_;
    next_ = (next_ + 1) % places;
    load(place, set);
    return place;
}

u32 PortBitmaps::forget(const PortSet& set) {
    for (u32 place = 0; place < places; ++place) {
        if (contents_[place].owner != &set) continue;
        load(place, PortSet{});
        contents_[place].owner = nullptr;
        return place;
    }
    return places;
}

} // namespace pith::kernel
