#include "servers/disk_files/block_disk.h"

namespace pith::disk_files {

namespace block = proto::block;

Result<> BlockDisk::transfer(std::span<const Piece> pieces, block::Operation operation) {
    const u64 sector_size = device_.sector_size();
    std::array<block::Request, block::most_requests> requests;
    u64 count = 0;
    const auto run = [&]() -> Result<> {
        const auto done = device_.run(std::span{requests}.first(count));
        count = 0;
        return done;
    };
    for (const Piece& piece : pieces) {
        if (piece.offset % sector_size != 0 || piece.bytes.size() % sector_size != 0)
            return fail(Error::unsupported); // blocks smaller than this disk's sectors
        const u64 sector = piece.offset / sector_size;
        const u32 offset = static_cast<u32>(piece.bytes.data() - device_.shared().data());
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
