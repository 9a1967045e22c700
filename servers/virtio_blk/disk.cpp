#include "servers/virtio_blk/disk.h"

#include <algorithm>

namespace pith::os::virtio_blk {
namespace {

using driver::VirtDescriptor;

/// Sectors in the device's requests and in its capacity, whatever its block size is.
constexpr u64 unit_bytes = 512;

/// VIRTIO 1.2, 5.2.6.
struct Header {
    u32 kind;
    u32 reserved;
    u64 sector;
};
constexpr u32 kind_read = 0, kind_write = 1, kind_flush = 4;
constexpr u8 status_good = 0, status_unsupported = 2, status_none = 0xff;

u32 kind_of(block::Operation operation) {
    switch (operation) {
    case block::Operation::read: return kind_read;
    case block::Operation::write: return kind_write;
    case block::Operation::flush: return kind_flush;
    }
    return kind_flush;
}

} // namespace

Result<VirtioDisk> VirtioDisk::open(proto::Device device, const Notification& interrupts) {
    auto virtio = TRY(driver::VirtioDevice::open(device, read_only | block_size | flush | most_segments));
    TRY(device.enable_dma());
    auto memory = TRY(DmaBuffer::create(device.dma(), memory_size));
    VirtioDisk disk{std::move(device), virtio, std::move(memory)};
    TRY(disk.read_geometry());
    disk.queue_ = driver::VirtQueue{disk.memory_.bytes().first(driver::VirtQueue::bytes)};
    for (u16 slot = 0; slot < entries; ++slot)
        disk.free_[disk.free_count_++] = static_cast<u8>(entries - 1 - slot);
    TRY(disk.device_.listen(interrupts, interrupt_bit));
    disk.notify_ = TRY(disk.virtio_.add_queue(0, disk.memory_.address(), 0));
    disk.virtio_.start();
    return disk;
}

Result<> VirtioDisk::read_geometry() {
    const Registers& own = virtio_.registers();
    const u64 capacity = own.read<CapacityLow>() | u64{own.read<CapacityHigh>()} << 32;
    disk_.sector_size = virtio_.has(block_size) ? own.read<BlockSize>() : unit_bytes;
    if (disk_.sector_size != 512 && disk_.sector_size != 4096) return fail(Error::unsupported);
    disk_.sector_count = capacity / (disk_.sector_size / unit_bytes);
    disk_.is_read_only = virtio_.has(read_only);
    disk_.has_write_cache = virtio_.has(flush);
    const u32 segments = virtio_.has(most_segments) ? own.read<MostSegments>() : 1;
    disk_.most_pieces = std::clamp(segments, u32{1}, most_descriptors - 2);
    constexpr u32 most_bytes = 4 << 20;
    disk_.most_sectors = most_bytes / static_cast<u32>(disk_.sector_size);
    return {};
}

void VirtioDisk::put_descriptor(u64 table, u32 index, const VirtDescriptor& descriptor) {
    std::memcpy(memory_.bytes().data() + table + index * sizeof descriptor, &descriptor, sizeof descriptor);
}

void VirtioDisk::start(u32 /*unit*/, const block::Access& access, u32 number) {
    const u16 slot = free_[--free_count_];
    numbers_[slot] = number;
    const u64 table = tables_at + slot * table_bytes;
    const u64 header = headers_at + slot * header_bytes;
    const Header content{kind_of(access.operation), 0, access.sector * (disk_.sector_size / unit_bytes)};
    std::memcpy(memory_.bytes().data() + header, &content, sizeof content);
    memory_.bytes()[header + sizeof content] = std::byte{status_none};

    const bool writes = access.operation == block::Operation::read; // the device, to memory
    u32 count = 0, writable = 1;
    put_descriptor(table, count++, {memory_.address(header), sizeof content, VirtDescriptor::more, 1});
    const u16 flags = VirtDescriptor::more | (writes ? VirtDescriptor::device_writes : 0);
    for (const block::Piece& piece : std::span{access.pieces}.first(access.count)) {
        put_descriptor(table, count, {piece.address, piece.length, flags, static_cast<u16>(count + 1)});
        if (writes) writable += piece.length;
        ++count;
    }
    put_descriptor(table, count++,
                   {memory_.address(header + sizeof content), 1, VirtDescriptor::device_writes, 0});
    queue_.put(slot, memory_.address(table), count * u32{sizeof(VirtDescriptor)}, writable);
}

Result<> VirtioDisk::outcome(u16 slot) const {
    const u64 at = headers_at + slot * header_bytes + sizeof(Header);
    const u8 status = SharedArray<u8>{memory_.bytes().subspan(at, 1)}.get(0);
    if (status == status_good) return {};
    return fail(status == status_unsupported ? Error::unsupported : Error::input_output);
}

} // namespace pith::os::virtio_blk
