#include "kernel/memory/frame_allocator.h"

#include "base/panic.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace pith::kernel {

namespace {

constexpr bool poison_free_frames = PITH_POISON;
constexpr u64 poison = 0xfeed'f4ee'dead'f4ee; // no canonical address, no small number

[[nodiscard]] constexpr u64 frames_in(unsigned order) { return u64{1} << order; }
[[nodiscard]] constexpr PhysAddr address_of(u32 frame) { return {u64{frame} << page_shift}; }

} // namespace

inline bool FrameAllocator::is_free_block(u32 frame, unsigned order) const {
    return frame < records_.size() && records_[frame].state == FrameRecord::State::free &&
           records_[frame].order == order;
}

inline void FrameAllocator::link(u32 frame, unsigned order) {
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

inline void FrameAllocator::unlink(u32 frame, unsigned order) {
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
    if (order == 0 && aside_.count != 0) {
        const PhysAddr frame = take(aside_);
        if constexpr (poison_free_frames) check_filling(static_cast<u32>(frame.raw >> page_shift), 0);
        return frame;
    }
    if (order > max_order) return fail(Error::no_memory);
    u32 candidates = orders_with_blocks_ >> order << order;
    while (candidates == 0 && (has_aside() || has_returned())) [[unlikely]] {
        if (has_aside())
            gather();
        else
            accept_returned(1);
        candidates = orders_with_blocks_ >> order << order;
    }
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

Result<PhysAddr> FrameAllocator::allocate_apart(unsigned order) {
    if (order > max_order) return fail(Error::no_memory);
    if (orders_with_blocks_ >> order == 0) gather();
    if (orders_with_blocks_ >> order == 0) return fail(Error::no_memory);
    const PhysAddr base = TRY(allocate(order));
    for (FrameRecord& record : records_.subspan(base.raw >> page_shift, frames_in(order))) {
        record.state = FrameRecord::State::used;
        record.order = 0;
    }
    return base;
}

FrameRecord& FrameAllocator::used_record(PhysAddr frame) {
    const u64 number = frame.raw >> page_shift;
    require(is_page_aligned(frame) && number < records_.size() &&
                records_[number].state == FrameRecord::State::used,
            "shared a frame that is not in use");
    return records_[number];
}

void FrameAllocator::free(PhysAddr base, unsigned order) {
    const u64 frame = base.raw >> page_shift;
    require(is_page_aligned(base) && frame < records_.size(), "freed what is no frame");
    FrameRecord& record = records_[frame];
    require(record.state == FrameRecord::State::used, "freed a frame that is not in use");
    require(record.sharers == 0, "freed a frame that others use");
    require(record.order == order, "freed a block with another size than it was taken with");
    free_ += frames_in(order);
    if (holding_ != 0) [[unlikely]] {
        record.state = FrameRecord::State::held;
        record.previous = holding_;
        return append(held_, static_cast<u32>(frame));
    }
    if (order != 0 || aside_.full()) return give(static_cast<u32>(frame));
    if constexpr (poison_free_frames) fill(static_cast<u32>(frame), 0);
    keep(aside_, static_cast<u32>(frame));
}

Result<PhysAddr> FrameAllocator::allocate_zeroed() {
    if (zeroed_.count != 0) {
        const PhysAddr frame = take(zeroed_);
        if constexpr (poison_free_frames) check_zeros(static_cast<u32>(frame.raw >> page_shift));
        return frame;
    }
    const PhysAddr frame = TRY(allocate());
    std::memset(access_(frame), 0, page_size);
    return frame;
}

void FrameAllocator::free_zeroed(PhysAddr frame) {
    if (holding_ != 0 || zeroed_.full()) return free(frame);
    const FrameRecord& record = used_record(frame);
    require(record.sharers == 0 && record.order == 0, "freed a frame that others use");
    ++free_;
    keep(zeroed_, static_cast<u32>(frame.raw >> page_shift));
}

void FrameAllocator::keep(Aside& aside, u32 frame) {
    records_[frame].state = FrameRecord::State::aside;
    aside.frames[aside.count++] = frame;
}

PhysAddr FrameAllocator::take(Aside& aside) {
    const u32 frame = aside.frames[--aside.count];
    records_[frame].state = FrameRecord::State::used;
    --free_;
    return address_of(frame);
}

void FrameAllocator::gather() {
    for (Aside* aside : {&aside_, &zeroed_})
        while (aside->count != 0)
            give(aside->frames[--aside->count]);
}

/// A block that is in no list becomes free to be used.
void FrameAllocator::give(u32 frame) {
    FrameRecord& record = records_[frame];
    const unsigned order = record.order;
    record.state = FrameRecord::State::inside;
    if constexpr (poison_free_frames) fill(frame, order);
    put(frame, order);
}

void FrameAllocator::append(Queue& queue, u32 frame) {
    records_[frame].next = none;
    (queue.last == none ? queue.first : records_[queue.last].next) = frame;
    queue.last = frame;
}

u32 FrameAllocator::take_first(Queue& queue) {
    const u32 frame = queue.first;
    queue.first = records_[frame].next;
    if (queue.first == none) queue.last = none;
    return frame;
}

void FrameAllocator::let_go(u32 number) {
    if (holding_ == 0) return;
    if (number >= holding_) { // all of them, however many
        holding_ = 0;
        if (held_.first == none) return;
        (returned_.last == none ? returned_.first : records_[returned_.last].next) = held_.first;
        returned_.last = held_.last;
        held_ = {};
        return;
    }
    u32 most = 256; // the others next time
    while (held_.first != none && records_[held_.first].previous <= number && most-- > 0)
        append(returned_, take_first(held_));
}

void FrameAllocator::accept_returned(u32 most) {
    for (; most > 0 && has_returned(); --most)
        give(take_first(returned_));
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

void FrameAllocator::check_zeros(u32 frame) const {
    const auto* words = reinterpret_cast<const u64*>(access_(address_of(frame)));
    const bool empty =
        std::all_of(words, words + page_size / sizeof(u64), [](u64 word) { return word == 0; });
    require(empty, "a frame of zeros was written to");
}

FrameAllocator::Statistics FrameAllocator::statistics() const {
    return {.total = pages(total_), .free = pages(free_), .free_blocks = free_blocks_};
}

} // namespace pith::kernel
