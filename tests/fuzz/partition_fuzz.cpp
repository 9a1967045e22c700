// A disk's partition tables: whatever they hold, what comes out lies on the disk and not in one another.
#include "block_samples.h"

#include <cstdlib>

using namespace pith;
using namespace pith::proto::block;

namespace {

void check(u64 sector_size, Bytes disk) {
    const u64 sectors = disk.size() / sector_size;
    const auto table =
        read_partition_table(sector_size, sectors, [&](u64 sector, std::span<std::byte> bytes) -> Result<> {
            if (!within(sector, bytes.size() / sector_size, sectors)) return fail(Error::end_of_data);
            std::memcpy(bytes.data(), disk.data() + sector * sector_size, bytes.size());
            return {};
        });
    if (!table) return;
    for (u64 i = 0; i < table->size(); ++i) {
        const PartitionEntry& one = (*table)[i];
        if (one.number == 0 || one.count == 0 || !within(one.first, one.count, sectors)) std::abort();
        for (u64 j = 0; j < i; ++j) {
            const PartitionEntry& other = (*table)[j];
            if (one.first < other.first + other.count && other.first < one.first + one.count) std::abort();
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    const Bytes disk{reinterpret_cast<const std::byte*>(data), size};
    check(512, disk);
    check(4096, disk);
    // Sums stand in the way of what they protect: the parts behind them are tried by themselves, too.
    const u32 entries = static_cast<u32>(size / 128);
    const Bytes bytes = disk.first(entries * u64{128});
    (void)gpt::parse_entries({2, entries, 128, samples::sum_of(bytes), 1, size}, bytes);
    return 0;
}
