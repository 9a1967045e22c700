#include "proto/block_device.h"

namespace pith::proto {

namespace {
constexpr abi::Rights both = abi::rights::memory::read | abi::rights::memory::write;
/// How often a driver may end under one request before its client gives up.
constexpr int most_drivers = 8;
} // namespace

Result<BlockDevice> BlockDevice::open(const block::Client& disk, PageCount shared, bool alone,
                                      const os::Budget& budget) {
    os::Memory memory = TRY(os::Memory::create(shared + copying, budget));
    os::Mapping mapping = TRY(os::Mapping::create(memory, shared + copying, both));
    const os::Memory lent = TRY(memory.copy(both | abi::rights::copy));
    auto session = TRY(disk.call(block::Connect{u64{alone}}, lent));
    if (session.value.sector_size != 512 && session.value.sector_size != 4096)
        return fail(Error::unsupported);
    return BlockDevice{block::Client{std::get<0>(std::move(session.handles))},
                       session.value,
                       std::move(memory),
                       std::move(mapping),
                       shared,
                       alone};
}

Result<block::Outcome> BlockDevice::try_each(std::span<const block::Request> requests) const {
    if (requests.size() > block::most_requests) return fail(Error::bad_argument);
    const block::Transfer transfer = block::Transfer::of(requests);
    for (int attempt = 0; attempt < most_drivers; ++attempt) {
        const auto outcome = session_.call(transfer);
        if (outcome) return outcome;
        if (outcome.error() == Error::interrupted || outcome.error() == Error::dropped) continue;
        if (outcome.error() != Error::wrong_state) return outcome;
        const os::Memory lent = TRY(memory_.copy(both | abi::rights::copy));
        // The driver is another one. If that one ends too, the next attempt finds out.
        static_cast<void>(session_.call(block::Reconnect{u64{alone_}}, lent));
    }
    return fail(Error::interrupted);
}

Result<> BlockDevice::read(u64 sector, std::span<std::byte> bytes) const {
    TRY(check_whole_sectors(bytes.size()));
    while (!bytes.empty()) {
        const u64 length = std::min(bytes.size(), copying.bytes());
        const u64 sectors = length / info_.sector_size;
        TRY(run(block::read(sector, static_cast<u32>(shared_.bytes()), static_cast<u16>(sectors))));
        std::memcpy(bytes.data(), copied(length).data(), length);
        bytes = bytes.subspan(length);
        sector += sectors;
    }
    return {};
}

Result<> BlockDevice::write(u64 sector, std::span<const std::byte> bytes) const {
    TRY(check_whole_sectors(bytes.size()));
    while (!bytes.empty()) {
        const u64 length = std::min(bytes.size(), copying.bytes());
        const u64 sectors = length / info_.sector_size;
        std::memcpy(copied(length).data(), bytes.data(), length);
        TRY(run(block::write(sector, static_cast<u32>(shared_.bytes()), static_cast<u16>(sectors))));
        bytes = bytes.subspan(length);
        sector += sectors;
    }
    return {};
}

Result<> BlockDevice::flush() const { return run(block::flush()); }

} // namespace pith::proto
