// What clients of a disk send, in batches: every access lies inside the client's sectors and pages, and each
// batch comes to an end however the device answers.
#include "proto/block_batch.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace pith;
using namespace pith::proto::block;

namespace {

constexpr Range range{100, 1000};
constexpr std::array<u64, 4> lent_pages{0x10'0000, 0x20'0000, 0x30'0000, 0x40'0000};

void check(const Access& access, const Disk& disk) {
    if (access.first > access.last || access.last >= most_requests) std::abort();
    if (access.operation == Operation::flush) return;
    if (access.sector < range.first || !within(access.sector - range.first, access.sectors, range.count))
        std::abort();
    if (access.count == 0 || access.count > disk.most_pieces || access.sectors > disk.most_sectors)
        std::abort();
    u64 bytes = 0, end = 0;
    for (const Piece& piece : std::span{access.pieces}.first(access.count)) {
        bytes += piece.length;
        if (disk.pieces_are_pages && end != 0 && ((end | piece.address) & (page_size - 1)) != 0) std::abort();
        end = piece.address + piece.length;
        const bool inside = std::ranges::any_of(lent_pages, [&](u64 page) {
            return piece.address >= page && within(piece.address - page, piece.length, page_size);
        });
        if (!inside && piece.length <= page_size) std::abort();
    }
    if (bytes != access.sectors * disk.sector_size) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    if (size < 2) return 0;
    const u8 kind = data[0], answers = data[1];
    const Disk disk{.sector_size = (kind & 1) != 0 ? u64{4096} : u64{512},
                    .sector_count = 5000,
                    .is_read_only = (kind & 2) != 0,
                    .has_write_cache = (kind & 4) != 0,
                    .forces = (kind & 8) != 0,
                    .most_pieces = kind / 16 + 1u,
                    .most_sectors = 64,
                    .pieces_are_pages = (answers & 1) != 0};
    Batch batch;
    const std::string_view bytes{reinterpret_cast<const char*>(data + 2), size - 2};
    if (!batch.begin(bytes, disk, range, lent_pages)) return 0;
    Access access{};
    std::vector<Access> under_way;
    for (int round = 0; !batch.is_done(); ++round) {
        if (round > 100'000) std::abort();
        while (under_way.size() < 8 && batch.next(access)) {
            check(access, disk);
            under_way.push_back(access);
        }
        if (batch.is_done()) break;
        if (under_way.empty()) std::abort(); // nothing to wait for, and not at its end
        const std::size_t which = static_cast<std::size_t>(round) % under_way.size();
        const bool fails = (answers >> round % 8 & 1) != 0;
        batch.finished(under_way[which].first, under_way[which].last,
                       fails ? fail(Error::input_output) : Result<>{});
        under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(which));
    }
    (void)batch.outcome().all();
    return 0;
}
