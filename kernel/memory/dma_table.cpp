#include "kernel/memory/dma_table.h"

#include "base/panic.h"
#include "kernel/memory/frame_pointer.h"

namespace pith::kernel {
namespace {

// VT-d 3.4, 9.8.
constexpr u64 read_bit = 1, write_bit = 2;
constexpr u64 address_mask = 0x000f'ffff'ffff'f000;
constexpr u64 page_of(u64 address) { return address >> page_shift; }

u64 bits_of(abi::Rights access) {
    return (access.has(abi::rights::memory::read) ? read_bit : 0) |
           (access.has(abi::rights::memory::write) ? write_bit : 0);
}

} // namespace

// The window lies in what one table of the second level covers, so above it there is one table a level.
static_assert(DmaTable::window_start + DmaTable::slots * DmaTable::slot_size.bytes() <= u64{1} << 30);
static_assert(512 % DmaTable::slot_size.raw == 0 && DmaTable::window_start % (u64{512} << page_shift) == 0);

Result<DmaTable> DmaTable::create(Account& account, u32 levels) {
    // From the directory up, so that at every point there is a whole tree.
    DmaTable table{account, TRY(account.take_zeroed_frame()), 2};
    for (; table.levels_ < levels; ++table.levels_) {
        const PhysAddr above = TRY(account.take_zeroed_frame());
        frame_as<Entry>(account, above)[0] = table.root_.raw | read_bit | write_bit;
        table.root_ = above;
        ++table.frames_;
    }
    return table;
}

DmaTable::DmaTable(DmaTable&& other) noexcept
    : account_{other.account_},
      root_{std::exchange(other.root_, {})},
      levels_{other.levels_},
      frames_{other.frames_} {}

DmaTable::~DmaTable() {
    if (root_.raw == 0) return;
    const Entry* leaves = directory();
    for (u64 n = 0; n < per_table; ++n)
        if (leaves[n] != 0) account_->give_frame({leaves[n] & address_mask});
    PhysAddr table = root_;
    for (u32 level = levels_; level >= 2; --level) {
        const PhysAddr below =
            level > 2 ? PhysAddr{frame_as<Entry>(*account_, table)[0] & address_mask} : PhysAddr{};
        account_->give_frame(table);
        table = below;
    }
}

DmaTable::Entry* DmaTable::directory() const {
    PhysAddr table = root_;
    for (u32 level = levels_; level > 2; --level)
        table = {frame_as<Entry>(*account_, table)[0] & address_mask};
    return frame_as<Entry>(*account_, table);
}

DmaTable::Entry* DmaTable::entry_of(u32 slot, u64 page) const {
    const u64 number = page_of(address_of(slot)) + page;
    const PhysAddr table{directory()[number / per_table] & address_mask};
    return &frame_as<Entry>(*account_, table)[number % per_table];
}

Result<> DmaTable::prepare(u32 slot) {
    Entry& entry = directory()[page_of(address_of(slot)) / per_table];
    if (entry != 0) return {};
    const PhysAddr table = TRY(account_->take_zeroed_frame());
    entry = table.raw | read_bit | write_bit;
    ++frames_;
    return {};
}

void DmaTable::set(u32 slot, u64 page, PhysAddr frame, abi::Rights access) {
    *entry_of(slot, page) = frame.raw | bits_of(access);
}

void DmaTable::clear(u32 slot, u64 page) { *entry_of(slot, page) = 0; }

std::optional<PhysAddr> DmaTable::query(u64 address, abi::Rights access) const {
    const u64 number = page_of(address);
    if (number >= per_table * per_table) return std::nullopt;
    const PhysAddr table{directory()[number / per_table] & address_mask};
    if (table.raw == 0) return std::nullopt;
    const Entry entry = frame_as<Entry>(*account_, table)[number % per_table];
    if ((entry & bits_of(access)) != bits_of(access) || bits_of(access) == 0) return std::nullopt;
    return PhysAddr{(entry & address_mask) + address % page_size};
}

} // namespace pith::kernel
