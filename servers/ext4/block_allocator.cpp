#include "servers/ext4/block_allocator.h"

#include "servers/ext4/bitmap.h"

#include <algorithm>

namespace pith::ext4 {

void BlockAllocator::add_system_blocks(u64 start, u64 count) {
    Range added{start, start + count};
    const auto first = std::ranges::lower_bound(system_, added.start, {}, &Range::end);
    auto last = first;
    for (; last != system_.end() && last->start <= added.end; ++last) {
        added.start = std::min(added.start, last->start);
        added.end = std::max(added.end, last->end);
    }
    system_.insert(system_.erase(first, last), added);
}

Result<> BlockAllocator::find_system_blocks() {
    const Geometry& g = store_.geometry();
    for (u32 group = 0; group < g.groups; ++group) {
        const GroupDescriptor descriptor = TRY(store_.descriptor(group));
        if (g.has_copy(group)) {
            const u64 copy = u64{1} + g.descriptor_blocks + g.reserved_descriptor_blocks;
            add_system_blocks(g.group_start(group), std::min<u64>(copy, g.blocks_in(group)));
        }
        add_system_blocks(joined(descriptor.block_bitmap_lo, descriptor.block_bitmap_hi), 1);
        add_system_blocks(joined(descriptor.inode_bitmap_lo, descriptor.inode_bitmap_hi), 1);
        add_system_blocks(joined(descriptor.inode_table_lo, descriptor.inode_table_hi),
                          g.inode_table_blocks());
    }
    return {};
}

bool BlockAllocator::may_belong_to_a_file(u64 start, u64 count) const {
    if (!store_.geometry().holds(start, count)) return false;
    const auto next = std::ranges::upper_bound(system_, start, {}, &Range::end);
    return next == system_.end() || next->start >= start + count;
}

Result<> BlockAllocator::fill_new_bitmap(u32 group, Block bits) const {
    const Geometry& g = store_.geometry();
    const u64 start = g.group_start(group);
    const u64 end = start + g.blocks_in(group);
    const auto use = [&](u64 from, u64 to) {
        for (u64 bit = from; bit < to; ++bit)
            bits[bit / 8] |= std::byte{static_cast<u8>(1U << bit % 8)};
    };
    use(g.blocks_in(group), u64{g.block_size} * 8);
    for (const Range& range : system_)
        if (range.start < end && range.end > start)
            use(std::max(range.start, start) - start, std::min(range.end, end) - start);
    return {};
}

/// The group's bitmap; it is made where it never was, so within an operation.
Result<BufferRef> BlockAllocator::bitmap(u32 group, GroupDescriptor& descriptor) {
    const u64 number = joined(descriptor.block_bitmap_lo, descriptor.block_bitmap_hi);
    if ((descriptor.flags & group_flags::blocks_unused) != 0) {
        BufferRef buffer = TRY(store_.make(number, Content::block_bitmap, group));
        TRY(fill_new_bitmap(group, buffer->bytes));
        descriptor.flags &= static_cast<u16>(~group_flags::blocks_unused);
        TRY(store_.put_descriptor(group, descriptor));
        return buffer;
    }
    BufferRef buffer = TRY(store_.read(number, Content::block_bitmap, group));
    if (buffer->checked == 0) {
        const u32 blocks = store_.geometry().blocks_in(group);
        const u32 free = joined16(descriptor.free_blocks_lo, descriptor.free_blocks_hi);
        if (blocks - Bitmap{buffer->bytes, blocks}.count_used() != free) return store_.damaged();
        buffer->checked = 1;
    }
    return buffer;
}

/// The first run that is long enough (`first_only`: that there is), or the longest; of no blocks where there
/// is none.
Result<Run> BlockAllocator::find_in(u32 group, u32 from, u32 wanted, bool first_only) {
    GroupDescriptor descriptor = TRY(store_.descriptor(group));
    if (joined16(descriptor.free_blocks_lo, descriptor.free_blocks_hi) == 0) return Run{};
    const BufferRef buffer = TRY(bitmap(group, descriptor));
    const std::vector<u64>* const held_back = store_.held_back(group);
    const Geometry& g = store_.geometry();
    const Bitmap bits{buffer->bytes, g.blocks_in(group), held_back == nullptr ? nullptr : held_back->data()};
    Run best;
    for (u32 bit = bits.next_free(from); bit < g.blocks_in(group);) {
        const u32 end = bits.next_used(bit);
        if (end - bit > best.count) best = {g.group_start(group) + bit, end - bit};
        if (best.count >= wanted || first_only) break;
        bit = bits.next_free(end);
    }
    best.count = std::min(best.count, wanted);
    return best;
}

Result<Run> BlockAllocator::find(u64 goal, u32 wanted) {
    const Geometry& g = store_.geometry();
    if (!g.holds(goal, 1)) goal = u64{g.descriptors_at} + g.descriptor_blocks;
    if (!g.holds(goal, 1)) return fail(Error::no_space);
    const u32 home = g.group_of_block(goal);
    const u32 bit = static_cast<u32>(goal - g.group_start(home));
    // What directly follows is best, however short: a file then lies in one piece.
    const Run next = TRY(find_in(home, bit, wanted, true));
    if (next.count > 0 && next.start == goal) return next;
    Run best;
    constexpr u32 enough_groups = 8; // to look through once something was found
    u32 looked = 0;
    for (u32 i = 0; i <= g.groups; ++i) {
        const Run found = TRY(find_in((home + i) % g.groups, i == 0 ? bit : 0, wanted, false));
        if (found.count > best.count) best = found;
        if (best.count >= wanted || (best.count > 0 && ++looked >= enough_groups)) break;
    }
    if (best.count == 0) return fail(Error::no_space);
    return best;
}

Result<> BlockAllocator::mark(u32 group, Run run, bool used) {
    GroupDescriptor descriptor = TRY(store_.descriptor(group));
    const BufferRef buffer = TRY(bitmap(group, descriptor));
    TRY(store_.change(*buffer));
    const u32 first = static_cast<u32>(run.start - store_.geometry().group_start(group));
    if (!Bitmap::set(buffer->bytes, first, run.count, used)) return store_.damaged();
    u32 free = joined16(descriptor.free_blocks_lo, descriptor.free_blocks_hi);
    auto super = TRY(store_.super());
    u64 all_free = joined(super.free_blocks_lo, super.free_blocks_hi);
    if (used && (free < run.count || all_free < run.count)) return store_.damaged();
    free = used ? free - run.count : free + run.count;
    all_free = used ? all_free - run.count : all_free + run.count;
    descriptor.free_blocks_lo = static_cast<u16>(free);
    descriptor.free_blocks_hi = static_cast<u16>(free >> 16);
    super.free_blocks_lo = static_cast<u32>(all_free);
    super.free_blocks_hi = static_cast<u32>(all_free >> 32);
    TRY(store_.put_descriptor(group, descriptor));
    return store_.put_super(super);
}

Result<Run> BlockAllocator::allocate(u64 goal, u32 wanted) {
    const Run run = TRY(find(goal, wanted));
    if (!may_belong_to_a_file(run.start, run.count)) return store_.damaged();
    TRY(mark(store_.geometry().group_of_block(run.start), run, true));
    store_.allocated(run);
    return run;
}

Result<> BlockAllocator::free(u64 start, u32 count) {
    if (!may_belong_to_a_file(start, count)) return store_.damaged();
    store_.released({start, count});
    const Geometry& g = store_.geometry();
    while (count > 0) {
        const u32 group = g.group_of_block(start);
        const u64 left = g.group_start(group) + g.blocks_in(group) - start;
        const u32 part = static_cast<u32>(std::min<u64>(count, left));
        TRY(mark(group, {start, part}, false));
        start += part;
        count -= part;
    }
    return {};
}

} // namespace pith::ext4
