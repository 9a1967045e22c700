#include "servers/ext4/inodes.h"

#include "servers/ext4/bitmap.h"

#include <cstddef>

namespace pith::ext4 {

Result<Inodes::Place> Inodes::place(u32 number) {
    const Geometry& g = store_.geometry();
    if (!g.is_inode(number)) return fail(Error::not_found);
    const GroupDescriptor descriptor = TRY(store_.descriptor(g.group_of_inode(number)));
    const u32 index = (number - 1) % g.inodes_per_group;
    if (index >= g.inodes_per_group - joined16(descriptor.unused_inodes_lo, descriptor.unused_inodes_hi))
        return fail(Error::not_found); // may hold anything
    const u32 per_block = g.block_size / g.inode_size;
    const u64 block = joined(descriptor.inode_table_lo, descriptor.inode_table_hi) + index / per_block;
    const u32 within = index % per_block;
    BufferRef buffer = TRY(store_.read(block, Content::inodes, number - within));
    return Place{std::move(buffer), u64{within} * g.inode_size, u64{1} << within};
}

Result<Inode> Inodes::load(u32 number) {
    const Place at = TRY(place(number));
    const u32 size = store_.geometry().inode_size;
    const Block bytes = at.buffer->bytes.subspan(at.offset, size);
    Inode inode{.number = number};
    __builtin_memcpy(&inode.raw, bytes.data(), std::min<u64>(size, sizeof(RawInode)));
    if (inode.raw.mode == 0) return fail(Error::not_found);
    if ((at.buffer->checked & at.bit) == 0) {
        if (!store_.seals().inode_is_right(number, bytes)) return store_.damaged();
        if (size > small_inode_size && inode.raw.extra_size > size - small_inode_size)
            return store_.damaged();
        at.buffer->checked |= at.bit;
    }
    inode.seed = store_.seals().seed_of(number, inode.raw.generation);
    return inode;
}

Result<u32> Inodes::generation(u32 number) {
    const Place at = TRY(place(number));
    return pith::ext4::load<u32>(at.buffer->bytes, at.offset + offsetof(RawInode, generation));
}

Result<> Inodes::save(const Inode& inode) {
    const Place at = TRY(place(inode.number));
    TRY(store_.change(*at.buffer));
    const u32 size = store_.geometry().inode_size;
    const Block bytes = at.buffer->bytes.subspan(at.offset, size);
    u64 known = small_inode_size; // what lies behind is somebody else's
    if (size > small_inode_size)
        known = std::min<u64>(sizeof(RawInode), known + std::max<u64>(inode.raw.extra_size, 4));
    __builtin_memcpy(bytes.data(), &inode.raw, known);
    store_.seals().seal_inode(inode.number, bytes);
    at.buffer->checked |= at.bit;
    return {};
}

Result<BufferRef> Inodes::bitmap(u32 group, GroupDescriptor& descriptor) {
    const Geometry& g = store_.geometry();
    const u64 number = joined(descriptor.inode_bitmap_lo, descriptor.inode_bitmap_hi);
    if ((descriptor.flags & group_flags::inodes_unused) != 0) {
        BufferRef buffer = TRY(store_.make(number, Content::inode_bitmap, group));
        std::ranges::fill(buffer->bytes.subspan(g.inodes_per_group / 8), std::byte{0xff});
        descriptor.flags &= static_cast<u16>(~group_flags::inodes_unused);
        TRY(store_.put_descriptor(group, descriptor));
        return buffer;
    }
    BufferRef buffer = TRY(store_.read(number, Content::inode_bitmap, group));
    if (buffer->checked == 0) {
        const u32 free = joined16(descriptor.free_inodes_lo, descriptor.free_inodes_hi);
        const u32 used = Bitmap{buffer->bytes, g.inodes_per_group}.count_used();
        if (g.inodes_per_group - used != free) return store_.damaged();
        buffer->checked = 1;
    }
    return buffer;
}

/// Files lie near their directory. Directories of the root are spread, as what lies in them comes together.
Result<u32> Inodes::find_group(u32 home, bool spread) {
    const Geometry& g = store_.geometry();
    u32 best = g.groups;
    u32 best_free = 0;
    for (u32 i = 0; i < g.groups; ++i) {
        const u32 group = (home + i) % g.groups;
        const GroupDescriptor descriptor = TRY(store_.descriptor(group));
        if (joined16(descriptor.free_inodes_lo, descriptor.free_inodes_hi) == 0) continue;
        const u32 free = joined16(descriptor.free_blocks_lo, descriptor.free_blocks_hi);
        if (!spread && free > 0) return group;
        if (best == g.groups || free > best_free) {
            best = group;
            best_free = free;
        }
    }
    if (best == g.groups) return fail(Error::no_space);
    return best;
}

Result<> Inodes::count(u32 group, GroupDescriptor& descriptor, i32 used, i32 directories) {
    const u32 free = joined16(descriptor.free_inodes_lo, descriptor.free_inodes_hi) - static_cast<u32>(used);
    const u32 all =
        joined16(descriptor.directories_lo, descriptor.directories_hi) + static_cast<u32>(directories);
    auto super = TRY(store_.super());
    super.free_inodes -= static_cast<u32>(used);
    const Geometry& g = store_.geometry();
    if (free > g.inodes_per_group || all > g.inodes_per_group || super.free_inodes > g.inodes)
        return store_.damaged();
    descriptor.free_inodes_lo = static_cast<u16>(free);
    descriptor.free_inodes_hi = static_cast<u16>(free >> 16);
    descriptor.directories_lo = static_cast<u16>(all);
    descriptor.directories_hi = static_cast<u16>(all >> 16);
    TRY(store_.put_descriptor(group, descriptor));
    return store_.put_super(super);
}

/// The index of a free inode in the group, which is in use from now on.
Result<u32> Inodes::take(u32 group, bool directory) {
    const Geometry& g = store_.geometry();
    GroupDescriptor descriptor = TRY(store_.descriptor(group));
    const BufferRef buffer = TRY(bitmap(group, descriptor));
    const u32 reserved = group == 0 ? g.first_free_inode - 1 : 0;
    const u32 index = Bitmap{buffer->bytes, g.inodes_per_group}.next_free(reserved);
    if (index >= g.inodes_per_group) return store_.damaged();
    TRY(store_.change(*buffer));
    static_cast<void>(Bitmap::set(buffer->bytes, index, 1, true));
    const u32 never_used = joined16(descriptor.unused_inodes_lo, descriptor.unused_inodes_hi);
    const u32 now_unused = std::min(never_used, g.inodes_per_group - index - 1);
    descriptor.unused_inodes_lo = static_cast<u16>(now_unused);
    descriptor.unused_inodes_hi = static_cast<u16>(now_unused >> 16);
    TRY(count(group, descriptor, 1, directory ? 1 : 0));
    return index;
}

Result<Inode> Inodes::allocate(const Inode& parent, u16 mode) {
    const Geometry& g = store_.geometry();
    const bool directory = (mode & mode::kind_mask) == mode::directory;
    const u32 group =
        TRY(find_group(g.group_of_inode(parent.number), directory && parent.number == root_inode));
    const GroupDescriptor before = TRY(store_.descriptor(group));
    const u32 used_once = g.inodes_per_group - joined16(before.unused_inodes_lo, before.unused_inodes_hi);
    const u32 index = TRY(take(group, directory));
    Inode inode{.number = group * g.inodes_per_group + index + 1};
    const Place at = TRY(place(inode.number));
    TRY(store_.change(*at.buffer));
    // What was never used may hold anything.
    const u32 old = index < used_once
                        ? pith::ext4::load<u32>(at.buffer->bytes, at.offset + offsetof(RawInode, generation))
                        : 0;
    std::ranges::fill(at.buffer->bytes.subspan(at.offset, g.inode_size), std::byte{});
    inode.raw.mode = mode;
    inode.raw.generation = old + 1;
    inode.raw.extra_size = g.inode_size > small_inode_size ? 32 : 0;
    inode.set_made(store_.time());
    inode.set_accessed(store_.time());
    inode.touch(store_.time());
    inode.seed = store_.seals().seed_of(inode.number, inode.raw.generation);
    return inode;
}

Result<> Inodes::free(const Inode& inode) {
    const Geometry& g = store_.geometry();
    if (inode.number < g.first_free_inode) return store_.damaged();
    const u32 group = g.group_of_inode(inode.number);
    GroupDescriptor descriptor = TRY(store_.descriptor(group));
    const BufferRef buffer = TRY(bitmap(group, descriptor));
    TRY(store_.change(*buffer));
    if (!Bitmap::set(buffer->bytes, (inode.number - 1) % g.inodes_per_group, 1, false))
        return store_.damaged();
    return count(group, descriptor, -1, inode.is_directory() ? -1 : 0);
}

} // namespace pith::ext4
