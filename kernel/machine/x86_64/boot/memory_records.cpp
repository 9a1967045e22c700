#include "kernel/machine/x86_64/boot/memory_records.h"

#include "base/panic.h"

#include <algorithm>
#include <cstring>

namespace pith::kernel {
namespace {

u64 size_for(u64 frames) { return align_up(frames * sizeof(FrameRecord), page_size); }

} // namespace

MemoryRecords MemoryRecords::place(const RangeSet& memory) {
    MemoryRecords records;
    // More memory than its records find room for below 4 GiB stays unused.
    constexpr u64 most = u64{1} << 28; // 1 TiB
    records.frames_ = std::min(memory.end() >> page_shift, most);
    const u64 size = size_for(records.frames_);
    for (const RangeSet::Range& range : memory.ranges()) {
        const u64 end = std::min(range.end, low_end);
        if (range.first >= end || end - range.first < size) continue;
        // At the end, so that the large aligned blocks at the beginning stay whole.
        records.base_ = {end - size};
        std::memset(records.seen_at({}).data(), 0, size);
        return records;
    }
    panic("no room for the records of all memory");
}

std::span<FrameRecord> MemoryRecords::seen_at(VirtAddr base) const {
    return {reinterpret_cast<FrameRecord*>(base.raw + base_.raw), frames_};
}

void MemoryRecords::add_memory(FrameAllocator& allocator, const RangeSet& memory, Part part) const {
    RangeSet rest = memory;
    rest.remove(base_, size_for(frames_));
    for (const RangeSet::Range& range : rest.ranges()) {
        const u64 first = part == Part::low ? range.first : std::max(range.first, low_end);
        const u64 end =
            std::min(part == Part::low ? std::min(range.end, low_end) : range.end, frames_ << page_shift);
        if (first < end) allocator.add({first}, pages((end - first) >> page_shift));
    }
}

} // namespace pith::kernel
