// A disk's partition tables: whatever they hold, what comes out lies on the disk and not in one another. The
// input is those pieces of 512 bytes that are not zeros: where (2 bytes), and what; of the last, as much as
// there is.
#include "block_samples.h"

#include <algorithm>
#include <cstdlib>

using namespace pith;
using namespace pith::proto::block;

namespace {

constexpr u64 piece = 512, pieces = 600;

/// Into a disk that is there already: making one costs more than all the rest.
void lay_out(Bytes input, samples::Disk& disk) {
    std::memset(disk.bytes.data(), 0, disk.bytes.size());
    while (input.size() > 2) {
        const u64 at = read_at<u16>(input, 0).value_or(0) % pieces * piece;
        const u64 length = std::min(piece, input.size() - 2);
        std::memcpy(disk.bytes.data() + at, input.data() + 2, length);
        input = input.subspan(2 + length);
    }
}

/// Sums stand in the way of what they protect. Large tables take their time to add up, and show nothing more.
void put_sums_right(samples::Disk& disk) {
    for (const u64 sector : {u64{1}, disk.sectors() - 1}) {
        const u64 at = sector * disk.sector_size;
        const u64 where = read_at<u64>(disk.bytes, at + 72).value_or(0);
        const u64 count = read_at<u32>(disk.bytes, at + 80).value_or(0);
        const u64 size = count * read_at<u32>(disk.bytes, at + 84).value_or(0);
        if (where >= disk.sectors() || size > 1024) continue;
        if (!within(where * disk.sector_size, size, disk.bytes.size())) continue;
        const u32 sum = samples::sum_of(Bytes{disk.bytes}.subspan(where * disk.sector_size, size));
        samples::put(disk, at + 88, sum);
        if (read_at<u32>(disk.bytes, at + 12).value_or(0) <= 256) samples::sum_header(disk, sector);
    }
}

void check(const samples::Disk& disk) {
    const auto table =
        read_partition_table(disk.sector_size, disk.sectors(), [&](u64 sector, std::span<std::byte> bytes) {
            return disk.read(sector, bytes);
        });
    if (!table) return;
    for (u64 i = 0; i < table->size(); ++i) {
        const PartitionEntry& one = (*table)[i];
        if (one.number == 0 || one.count == 0 || !within(one.first, one.count, disk.sectors())) std::abort();
        for (u64 j = 0; j < i; ++j) {
            const PartitionEntry& other = (*table)[j];
            if (one.first < other.first + other.count && other.first < one.first + one.count) std::abort();
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    static std::array disks{samples::disk(512, pieces), samples::disk(4096, pieces / 8)};
    for (samples::Disk& disk : disks) {
        lay_out({reinterpret_cast<const std::byte*>(data), size}, disk);
        check(disk);
        put_sums_right(disk);
        check(disk);
    }
    return 0;
}
