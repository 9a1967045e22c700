#pragma once

#include "base/bytes.h"
#include "base/text.h"

#include <array>
#include <vector>

/// Where a disk's partitions lie: GPT (UEFI 2.10, 5.3) with its backup, and MBR with logical partitions. The
/// bytes are foreign. Functions over bytes, and one that asks for the sectors it needs.
namespace pith::proto::block {

struct PartitionEntry {
    u8 number = 0; ///< as the table counts them, from 1
    u64 first = 0; ///< sector
    u64 count = 0;
    std::array<u64, 2> type{};     ///< GPT: the GUID as it lies there; MBR: the type's byte
    std::array<u64, 2> identity{}; ///< GPT: its own GUID
    Text<112> name{};              ///< GPT, in UTF-8
};

namespace gpt {

inline constexpr u64 most_table_bytes = u64{256} << 10;

/// What a header says that is whole: sums, places and sizes are checked.
struct Header {
    u64 entries_sector;
    u32 entry_count;
    u32 entry_size;
    u32 entries_sum;
    u64 first_usable, last_usable;
    [[nodiscard]] u64 entries_bytes() const { return u64{entry_count} * entry_size; }
};
/// `sector` is where the bytes, a whole sector, were read.
[[nodiscard]] Result<Header> parse_header(Bytes bytes, u64 sector, u64 sector_count);
/// `bytes` are all entries. Partitions that lie outside the disk or in one another make the table
/// `bad_format`.
[[nodiscard]] Result<std::vector<PartitionEntry>> parse_entries(const Header& header, Bytes bytes);

} // namespace gpt

namespace mbr {

struct Slot {
    u8 type;
    u64 first; ///< as it stands there
    u64 count;
    [[nodiscard]] bool is_extended() const { return type == 0x05 || type == 0x0f || type == 0x85; }
};
/// The four slots of a boot sector; `bad_format` where it is none, `not_found` where it holds no table.
[[nodiscard]] Result<std::array<Slot, 4>> parse(Bytes sector);
/// Whether it only says that the disk has a GPT.
[[nodiscard]] bool is_protective(const std::array<Slot, 4>& slots);

/// Collects partitions, and refuses what lies outside the disk or in another one.
class Table {
  public:
    explicit Table(u64 sector_count) : sector_count_{sector_count} {}
    [[nodiscard]] Result<> add(u8 number, u8 type, u64 first, u64 count);
    [[nodiscard]] std::vector<PartitionEntry> take() { return std::move(entries_); }

  private:
    u64 sector_count_;
    std::vector<PartitionEntry> entries_;
};

} // namespace mbr

/// Ends with UTF-8; what is not a character becomes `?`.
void append_utf16(Text<112>& text, Bytes bytes);

namespace detail {

template <class Read>
Result<std::vector<PartitionEntry>> read_gpt(u64 sector_size, u64 sector_count, u64 at, Read& read) {
    std::vector<std::byte> bytes(sector_size);
    TRY(read(at, std::span{bytes}));
    const gpt::Header header = TRY(gpt::parse_header(bytes, at, sector_count));
    bytes.resize(align_up(header.entries_bytes(), sector_size));
    TRY(read(header.entries_sector, std::span{bytes}));
    return gpt::parse_entries(header, Bytes{bytes}.first(header.entries_bytes()));
}

/// Logical partitions are a list, each in a boot sector of its own: where the first lies counts from the
/// start of that sector, where the next sector lies from the start of the whole extended partition.
template <class Read>
Result<> read_logical(u64 sector_size, const mbr::Slot& extended, mbr::Table& table, Read& read) {
    constexpr u8 first_logical = 5, most = 64;
    std::vector<std::byte> bytes(sector_size);
    u64 at = extended.first;
    for (u8 number = first_logical; number < most; ++number) {
        TRY(read(at, std::span{bytes}));
        const auto slots = mbr::parse(bytes);
        if (!slots) return slots.error() == Error::not_found ? Result<>{} : fail(slots.error());
        const mbr::Slot& own = (*slots)[0];
        const mbr::Slot& next = (*slots)[1];
        if (own.type != 0) {
            if (!within(at - extended.first, own.first, extended.count)) return fail(Error::bad_format);
            if (!within(at - extended.first + own.first, own.count, extended.count))
                return fail(Error::bad_format);
            TRY(table.add(number, own.type, at + own.first, own.count));
        }
        if (next.type == 0) return {};
        if (!next.is_extended() || next.first >= extended.count) return fail(Error::bad_format);
        if (extended.first + next.first <= at)
            return fail(Error::bad_format); // it leads forward, or in circles
        at = extended.first + next.first;
    }
    return fail(Error::too_large);
}

template <class Read>
Result<std::vector<PartitionEntry>> read_mbr(u64 sector_size, u64 sector_count,
                                             const std::array<mbr::Slot, 4>& slots, Read& read) {
    mbr::Table table{sector_count};
    for (u8 i = 0; i < slots.size(); ++i) {
        const mbr::Slot& slot = slots[i];
        if (slot.type == 0) continue;
        if (!within(slot.first, slot.count, sector_count)) return fail(Error::bad_format);
        if (!slot.is_extended())
            TRY(table.add(static_cast<u8>(i + 1), slot.type, slot.first, slot.count));
        else
            TRY(read_logical(sector_size, slot, table, read));
    }
    return table.take();
}

} // namespace detail

/// The partitions of a disk: those of the GPT where there is one, by its backup if need be; else those of the
/// MBR; none where there is neither. `read(sector, bytes)` reads whole sectors.
template <class Read>
[[nodiscard]] Result<std::vector<PartitionEntry>> read_partition_table(u64 sector_size, u64 sector_count,
                                                                       Read&& read) {
    if (sector_count < 3) return std::vector<PartitionEntry>{};
    std::vector<std::byte> bytes(sector_size);
    TRY(read(0, std::span{bytes}));
    const auto slots = mbr::parse(bytes);
    if (!slots) return std::vector<PartitionEntry>{};
    if (!mbr::is_protective(*slots)) return detail::read_mbr(sector_size, sector_count, *slots, read);
    if (auto first = detail::read_gpt(sector_size, sector_count, 1, read)) return first;
    return detail::read_gpt(sector_size, sector_count, sector_count - 1, read);
}

} // namespace pith::proto::block
