#include "servers/ext4/seals.h"

#include "servers/ext4/crc32c.h"

#include <cstddef>

namespace pith::ext4 {
namespace {

u32 extents_tail(ConstBlock block) {
    return static_cast<u32>(sizeof(ExtentHeader) + u64{load<ExtentHeader>(block, 0).most} * sizeof(Extent));
}

u32 index_checksum(u32 seed, ConstBlock block, const IndexPlace& place) {
    u32 sum = crc32c(seed, block.first(place.entries + u64{place.count.count} * 8));
    sum = crc32c(sum, block.subspan(place.tail(), 4));
    return crc32c(sum, u32{0});
}

u32 attributes_checksum(u32 seed, u64 number, ConstBlock block) {
    u32 sum = crc32c(crc32c(seed, number), block.first(offsetof(AttributeHeader, checksum)));
    sum = crc32c(sum, u32{0});
    return crc32c(sum, block.subspan(offsetof(AttributeHeader, reserved)));
}

bool matches(u32 sum, u16 low, u16 high, bool has_high) {
    return (sum & 0xffff) == low && (!has_high || sum >> 16 == high);
}

} // namespace

Result<IndexPlace> IndexPlace::of(ConstBlock block, bool with_checksum) {
    const auto first = load<DirectoryEntry>(block, 0);
    const bool is_node = first.inode == 0 && first.length == block.size();
    IndexPlace place{.entries = is_node ? index_node_entries : index_root_entries, .count = {}};
    place.count = load<IndexCount>(block, place.entries);
    const u64 room = block.size() - place.entries - (with_checksum ? 8 : 0);
    if (place.count.limit > room / 8 || place.count.count == 0 || place.count.count > place.count.limit)
        return fail(Error::bad_format);
    return place;
}

u32 Seals::seed_of(u32 inode, u32 generation) const {
    return crc32c(crc32c(geometry_.seed, inode), generation);
}

u32 Seals::inode_checksum(u32 inode, ConstBlock bytes) const {
    const auto raw_generation = load<u32>(bytes, offsetof(RawInode, generation));
    u32 sum = crc32c(seed_of(inode, raw_generation), bytes.first(offsetof(RawInode, checksum_lo)));
    sum = crc32c(sum, u16{0});
    sum = crc32c(sum, bytes.subspan(0x7e, 2));
    if (bytes.size() == small_inode_size) return sum;
    sum = crc32c(sum, bytes.subspan(0x80, 2));
    const bool has_high = load<u16>(bytes, offsetof(RawInode, extra_size)) >= 4;
    sum = has_high ? crc32c(sum, u16{0}) : crc32c(sum, bytes.subspan(0x82, 2));
    return crc32c(sum, bytes.subspan(0x84));
}

bool Seals::inode_is_right(u32 inode, ConstBlock bytes) const {
    if (!geometry_.checksums) return true;
    const u32 sum = inode_checksum(inode, bytes);
    const bool has_high =
        bytes.size() > small_inode_size && load<u16>(bytes, offsetof(RawInode, extra_size)) >= 4;
    return matches(sum, load<u16>(bytes, offsetof(RawInode, checksum_lo)),
                   has_high ? load<u16>(bytes, offsetof(RawInode, checksum_hi)) : u16{0}, has_high);
}

void Seals::seal_inode(u32 inode, Block bytes) const {
    if (!geometry_.checksums) return;
    const u32 sum = inode_checksum(inode, bytes);
    store(bytes, offsetof(RawInode, checksum_lo), static_cast<u16>(sum));
    if (bytes.size() > small_inode_size && load<u16>(bytes, offsetof(RawInode, extra_size)) >= 4)
        store(bytes, offsetof(RawInode, checksum_hi), static_cast<u16>(sum >> 16));
}

GroupDescriptor Seals::get_descriptor(const Buffer& buffer, u32 group) const {
    GroupDescriptor descriptor{};
    const u64 at = u64{group % per_block()} * geometry_.descriptor_size;
    __builtin_memcpy(&descriptor, buffer.bytes.data() + at, geometry_.descriptor_size);
    return descriptor;
}

u16 Seals::checksum_of(u32 group, GroupDescriptor descriptor) const {
    descriptor.checksum = 0;
    const u32 sum = crc32c(geometry_.seed, group);
    return static_cast<u16>(crc32c(sum, bytes_of(descriptor).first(geometry_.descriptor_size)));
}

void Seals::put_descriptor(Buffer& buffer, u32 group, GroupDescriptor descriptor) const {
    if (geometry_.checksums) descriptor.checksum = checksum_of(group, descriptor);
    const u64 at = u64{group % per_block()} * geometry_.descriptor_size;
    __builtin_memcpy(buffer.bytes.data() + at, &descriptor, geometry_.descriptor_size);
}

Result<> Seals::check_descriptors(const Buffer& buffer) const {
    const u32 first = static_cast<u32>(buffer.number - geometry_.descriptors_at) * per_block();
    for (u32 group = first; group < geometry_.groups && group < first + per_block(); ++group) {
        const GroupDescriptor descriptor = get_descriptor(buffer, group);
        if (geometry_.checksums && descriptor.checksum != checksum_of(group, descriptor))
            return fail(Error::bad_format);
        const u64 table = joined(descriptor.inode_table_lo, descriptor.inode_table_hi);
        if (!geometry_.holds(joined(descriptor.block_bitmap_lo, descriptor.block_bitmap_hi), 1) ||
            !geometry_.holds(joined(descriptor.inode_bitmap_lo, descriptor.inode_bitmap_hi), 1) ||
            !geometry_.holds(table, geometry_.inode_table_blocks()))
            return fail(Error::bad_format);
        if (joined16(descriptor.unused_inodes_lo, descriptor.unused_inodes_hi) > geometry_.inodes_per_group)
            return fail(Error::bad_format);
    }
    return {};
}

Result<GroupDescriptor> Seals::descriptor(u32 group) {
    const BufferRef buffer = TRY(cache_.read(descriptor_block(group)));
    if (buffer->content != Content::descriptors) {
        if (buffer->content != Content::data || buffer->dirty) return fail(Error::bad_format);
        TRY(check_descriptors(*buffer));
        buffer->content = Content::descriptors;
        buffer->checked = 1;
    }
    return get_descriptor(*buffer, group);
}

u32 Seals::bitmap_checksum(const Buffer& buffer) const {
    const u32 bits =
        buffer.content == Content::block_bitmap ? geometry_.blocks_per_group : geometry_.inodes_per_group;
    return crc32c(geometry_.seed, buffer.bytes.first(bits / 8));
}

Result<> Seals::check_bitmap(const Buffer& buffer) {
    const GroupDescriptor descriptor = TRY(this->descriptor(buffer.owner));
    const u32 sum = bitmap_checksum(buffer);
    const bool has_high = geometry_.descriptor_size == sizeof(GroupDescriptor);
    const bool right =
        buffer.content == Content::block_bitmap
            ? matches(sum, descriptor.block_bitmap_checksum_lo, descriptor.block_bitmap_checksum_hi, has_high)
            : matches(sum, descriptor.inode_bitmap_checksum_lo, descriptor.inode_bitmap_checksum_hi,
                      has_high);
    if (!right) return fail(Error::bad_format);
    return {};
}

void Seals::seal_bitmap(const Buffer& buffer) {
    const BufferRef holder = cache_.find(descriptor_block(buffer.owner));
    require(holder && holder->running, "a bitmap changed without its group's descriptor");
    GroupDescriptor descriptor = get_descriptor(*holder, buffer.owner);
    const u32 sum = bitmap_checksum(buffer);
    if (buffer.content == Content::block_bitmap) {
        descriptor.block_bitmap_checksum_lo = static_cast<u16>(sum);
        descriptor.block_bitmap_checksum_hi = static_cast<u16>(sum >> 16);
    } else {
        descriptor.inode_bitmap_checksum_lo = static_cast<u16>(sum);
        descriptor.inode_bitmap_checksum_hi = static_cast<u16>(sum >> 16);
    }
    put_descriptor(*holder, buffer.owner, descriptor);
}

Result<> Seals::check(const Buffer& buffer) {
    if (!geometry_.checksums) return {};
    const ConstBlock bytes = buffer.bytes;
    bool right = true;
    switch (buffer.content) {
    case Content::data:
    case Content::super:
    case Content::descriptors:
    case Content::inodes: break;
    case Content::block_bitmap:
    case Content::inode_bitmap: return check_bitmap(buffer);
    case Content::extents: {
        const u32 tail = extents_tail(bytes);
        right = tail <= bytes.size() - 4 && load<u32>(bytes, tail) == crc32c(buffer.owner, bytes.first(tail));
        break;
    }
    case Content::entries: {
        const u64 at = bytes.size() - sizeof(DirectoryTail);
        const auto tail = load<DirectoryTail>(bytes, at);
        right = tail.zero == 0 && tail.length == sizeof(tail) && tail.name_length == 0 &&
                tail.kind == directory_tail_kind && tail.checksum == crc32c(buffer.owner, bytes.first(at));
        break;
    }
    case Content::index: {
        const IndexPlace place = TRY(IndexPlace::of(bytes, true));
        right = load<u32>(bytes, place.tail() + 4) == index_checksum(buffer.owner, bytes, place);
        break;
    }
    case Content::attributes: {
        const auto header = load<AttributeHeader>(bytes, 0);
        right = header.checksum == attributes_checksum(geometry_.seed, buffer.number, bytes);
        break;
    }
    }
    if (!right) return fail(Error::bad_format);
    return {};
}

void Seals::seal(Buffer& buffer) {
    const Block bytes = buffer.bytes;
    switch (buffer.content) {
    case Content::data:
    case Content::descriptors:
    case Content::inodes: return; // sealed one by one
    case Content::super: {
        const u64 at = buffer.number == 0 && bytes.size() > superblock_offset ? superblock_offset : 0;
        auto super = load<Superblock>(bytes, at);
        super.feature_incompat |=
            incompat::recover; // it goes to the journal, so there is something to replay
        if (geometry_.checksums) super.checksum = superblock_checksum(super);
        store(bytes, at, super);
        return;
    }
    case Content::block_bitmap:
    case Content::inode_bitmap:
        if (geometry_.checksums) seal_bitmap(buffer);
        return;
    case Content::extents: {
        const u32 tail = extents_tail(bytes);
        if (geometry_.checksums) store(bytes, tail, crc32c(buffer.owner, bytes.first(tail)));
        return;
    }
    case Content::entries: {
        const u64 at = bytes.size() - sizeof(DirectoryTail);
        if (geometry_.checksums)
            store(bytes, at + offsetof(DirectoryTail, checksum), crc32c(buffer.owner, bytes.first(at)));
        return;
    }
    case Content::index: {
        const auto place = IndexPlace::of(bytes, geometry_.checksums);
        require(place.has_value(), "an index block lost its form");
        if (geometry_.checksums) store(bytes, place->tail() + 4, index_checksum(buffer.owner, bytes, *place));
        return;
    }
    case Content::attributes: {
        const u32 sum = attributes_checksum(geometry_.seed, buffer.number, bytes);
        if (geometry_.checksums) store(bytes, offsetof(AttributeHeader, checksum), sum);
        return;
    }
    }
}

} // namespace pith::ext4
