#include "servers/disk_files/block_disk.h"

namespace pith::disk_files {

namespace block = proto::block;

std::span<std::byte> BlockDisk::borrow() {
    if (!spare_ || borrowed_.size() == most_parts || !spare_->has(part_size)) return {};
    auto more = proto::BlockDevice::open(disk_, part_size, false, spare_->budget());
    if (!more || !spare_->watch()) return {};
    borrowed_.push_back(*std::move(more));
    return borrowed_.back().shared();
}

void BlockDisk::give_back(std::span<std::byte> memory) {
    std::erase_if(borrowed_, [&](const auto& part) { return part.shared().data() == memory.data(); });
}

const proto::BlockDevice& BlockDisk::device_of(std::span<const std::byte> bytes) const {
    for (const proto::BlockDevice& part : borrowed_)
        if (bytes.data() >= part.shared().data() &&
            bytes.data() < part.shared().data() + part.shared().size())
            return part;
    return device_;
}

Result<> BlockDisk::transfer(std::span<const Piece> pieces, block::Operation operation) {
    const u64 sector_size = device_.sector_size();
    std::array<block::Request, block::most_requests> requests;
    u64 count = 0;
    const proto::BlockDevice* device = &device_; // of all that is in `requests`
    const auto run = [&]() -> Result<> {
        const auto done = device->run(std::span{requests}.first(count));
        count = 0;
        return done;
    };
    for (const Piece& piece : pieces) {
        if (piece.offset % sector_size != 0 || piece.bytes.size() % sector_size != 0)
            return fail(Error::unsupported); // blocks smaller than this disk's sectors
        const u64 sector = piece.offset / sector_size;
        if (const auto* const next = &device_of(piece.bytes); next != device) {
            if (count > 0) TRY(run());
            device = next;
        }
        const u32 offset = static_cast<u32>(piece.bytes.data() - device->shared().data());
        const u16 sectors = static_cast<u16>(piece.bytes.size() / sector_size);
        if (count > 0) {
            block::Request& last = requests[count - 1];
            const bool follows = last.sector + last.sectors == sector &&
                                 last.offset + u64{last.sectors} * sector_size == offset;
            if (follows && u32{last.sectors} + sectors <= 0x1000) {
                last.sectors = static_cast<u16>(last.sectors + sectors);
                continue;
            }
        }
        if (count == requests.size()) TRY(run());
        requests[count++] = {.sector = sector, .offset = offset, .sectors = sectors, .operation = operation};
    }
    return count > 0 ? run() : Result<>{};
}

} // namespace pith::disk_files
