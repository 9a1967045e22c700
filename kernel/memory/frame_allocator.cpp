#include "kernel/memory/frame_allocator.h"

#include "base/panic.h"

#include <algorithm>
#include <bit>

namespace pith::kernel {

namespace {

constexpr bool poison_free_frames = PITH_POISON;
constexpr u64 poison = 0xfeed'f4ee'dead'f4ee; // no canonical address, no small number

[[nodiscard]] constexpr u64 frames_in(unsigned order) { return u64{1} << order; }
[[nodiscard]] constexpr PhysAddr address_of(u32 frame) { return {u64{frame} << page_shift}; }

} // namespace

FrameAllocator::FrameAllocator(FrameAccess access, std::span<FrameRecord> records)
    : access_{access}, records_{records} {
    require(records.size() < none, "more frames than links can name");
    first_free_.fill(none);
}

void FrameAllocator::relocate(FrameAccess access, std::span<FrameRecord> records) {
    require(records.size() == records_.size(), "frame records changed their number");
    access_ = access;
    records_ = records;
}

void FrameAllocator::add(PhysAddr base, PageCount count) {
    const u64 first = base.raw >> page_shift;
    require(is_page_aligned(base) && within(first, count.raw, records_.size()),
            "added frames without records");
    const u64 end = first + count.raw;
    for (u64 frame = first; frame < end;) {
        const auto alignment = static_cast<unsigned>(std::countr_zero(frame | frames_in(max_order)));
        const auto fits = static_cast<unsigned>(std::bit_width(end - frame)) - 1;
        const unsigned order = std::min(alignment, fits);
        check_not_added(static_cast<u32>(frame));
        put(static_cast<u32>(frame), order);
        frame += frames_in(order);
    }
    total_ += count.raw;
    free_ += count.raw;
}

/// No block that the allocator knows covers the frame. Only the first frame of each new block is looked at:
/// blocks that lie wholly inside a range that is added again would cost a look at every frame.
void FrameAllocator::check_not_added(u32 frame) const {
    for (unsigned order = 0; order <= max_order; ++order) {
        const FrameRecord& head = records_[align_down(frame, frames_in(order))];
        require(head.state == FrameRecord::State::inside || head.order < order, "frame added twice");
    }
}

Result<PhysAddr> FrameAllocator::allocate(unsigned order) {
    if (order > max_order) return fail(Error::no_memory);
    const u32 candidates = orders_with_blocks_ >> order << order;
    if (candidates == 0) return fail(Error::no_memory);
    auto found = static_cast<unsigned>(std::countr_zero(candidates));
    const u32 frame = first_free_[found];
    unlink(frame, found);
    while (found > order) {
        --found;
        link(frame + static_cast<u32>(frames_in(found)), found);
    }
    FrameRecord& record = records_[frame];
    record.state = FrameRecord::State::used;
    record.order = static_cast<u8>(order);
    free_ -= frames_in(order);
    if constexpr (poison_free_frames) check_filling(frame, order);
    return address_of(frame);
}

void FrameAllocator::free(PhysAddr base, unsigned order) {
    const u64 frame = base.raw >> page_shift;
    require(is_page_aligned(base) && frame < records_.size(), "freed what is no frame");
    FrameRecord& record = records_[frame];
    require(record.state == FrameRecord::State::used, "freed a frame that is not in use");
    require(record.order == order, "freed a block with another size than it was taken with");
    record.state = FrameRecord::State::inside;
    if constexpr (poison_free_frames) fill(static_cast<u32>(frame), order);
    free_ += frames_in(order);
    put(static_cast<u32>(frame), order);
}

/// A block becomes free; it joins its neighbour as often as that is free too.
void FrameAllocator::put(u32 frame, unsigned order) {
    while (order < max_order) {
        const u32 neighbour = frame ^ static_cast<u32>(frames_in(order));
        if (!is_free_block(neighbour, order)) break;
        unlink(neighbour, order);
        records_[neighbour].state = FrameRecord::State::inside;
        frame = std::min(frame, neighbour);
        ++order;
    }
    link(frame, order);
}

bool FrameAllocator::is_free_block(u32 frame, unsigned order) const {
    return frame < records_.size() && records_[frame].state == FrameRecord::State::free &&
           records_[frame].order == order;
}

void FrameAllocator::link(u32 frame, unsigned order) {
    FrameRecord& record = records_[frame];
    record.state = FrameRecord::State::free;
    record.order = static_cast<u8>(order);
    record.previous = none;
    record.next = first_free_[order];
    if (record.next != none) records_[record.next].previous = frame;
    first_free_[order] = frame;
    orders_with_blocks_ |= u32{1} << order;
    ++free_blocks_[order];
}

void FrameAllocator::unlink(u32 frame, unsigned order) {
    const FrameRecord& record = records_[frame];
    if (record.next != none) records_[record.next].previous = record.previous;
    if (record.previous != none) {
        records_[record.previous].next = record.next;
    } else {
        first_free_[order] = record.next;
        if (record.next == none) orders_with_blocks_ &= ~(u32{1} << order);
    }
    --free_blocks_[order];
}

void FrameAllocator::fill(u32 frame, unsigned order) {
    for (u64 n = 0; n < frames_in(order); ++n) {
        auto* words = reinterpret_cast<u64*>(access_(address_of(frame) + pages(n)));
        std::fill_n(words, page_size / sizeof(u64), poison);
        records_[frame + n].poisoned = 1;
    }
}

void FrameAllocator::check_filling(u32 frame, unsigned order) {
    for (u64 n = 0; n < frames_in(order); ++n) {
        if (records_[frame + n].poisoned == 0) continue; // free since it was added
        records_[frame + n].poisoned = 0;
        const auto* words = reinterpret_cast<const u64*>(access_(address_of(frame) + pages(n)));
        const bool intact =
            std::all_of(words, words + page_size / sizeof(u64), [](u64 word) { return word == poison; });
        require(intact, "a free frame was written to");
    }
}

FrameAllocator::Statistics FrameAllocator::statistics() const {
    return {.total = pages(total_), .free = pages(free_), .free_blocks = free_blocks_};
}

} // namespace pith::kernel
