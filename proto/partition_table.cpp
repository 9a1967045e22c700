#include "proto/partition_table.h"

#include <algorithm>

namespace pith::proto::block {
namespace {

/// What a byte adds to the sum of UEFI tables (CRC-32, reflected polynomial 0xedb88320).
consteval std::array<u32, 256> crc32_of_bytes() {
    std::array<u32, 256> sums{};
    for (u32 byte = 0; byte < sums.size(); ++byte) {
        u32 sum = byte;
        for (int bit = 0; bit < 8; ++bit)
            sum = sum >> 1 ^ (0xedb8'8320 & -(sum & 1));
        sums[byte] = sum;
    }
    return sums;
}

/// `sum` goes on from earlier bytes.
u32 crc32(Bytes bytes, u32 sum = 0) {
    static constexpr std::array<u32, 256> of_bytes = crc32_of_bytes();
    sum = ~sum;
    for (const std::byte byte : bytes)
        sum = sum >> 8 ^ of_bytes[(sum ^ static_cast<u32>(byte)) & 0xff];
    return ~sum;
}

bool overlap(const PartitionEntry& a, const PartitionEntry& b) {
    return a.first < b.first + b.count && b.first < a.first + a.count;
}

/// Adds a partition that lies in no other one.
Result<> add_apart(std::vector<PartitionEntry>& entries, PartitionEntry entry) {
    if (std::ranges::any_of(entries, [&](const auto& other) { return overlap(entry, other); }))
        return fail(Error::bad_format);
    entries.push_back(std::move(entry));
    return {};
}

} // namespace

void append_utf16(Text<112>& text, Bytes bytes) {
    for (u64 at = 0; at + 2 <= bytes.size(); at += 2) {
        u32 code = read_at<u16>(bytes, at).value_or(0);
        if (code == 0) return;
        if (code >= 0xd800 && code < 0xdc00 && at + 4 <= bytes.size()) {
            const u32 low = read_at<u16>(bytes, at + 2).value_or(0);
            if (low >= 0xdc00 && low < 0xe000) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                at += 2;
            }
        }
        // Half of a pair, and what would control a terminal.
        if ((code >= 0xd800 && code < 0xe000) || code < ' ' || (code >= 0x7f && code < 0xa0)) code = '?';
        const auto last = [&](u32 shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
        if (code < 0x80)
            text.append(static_cast<char>(code));
        else if (code < 0x800)
            text.append(static_cast<char>(0xc0 | code >> 6)).append(last(0));
        else if (code < 0x10000)
            text.append(static_cast<char>(0xe0 | code >> 12)).append(last(6)).append(last(0));
        else
            text.append(static_cast<char>(0xf0 | code >> 18))
                .append(last(12))
                .append(last(6))
                .append(last(0));
    }
}

namespace gpt {
namespace {

/// As it lies on the disk (UEFI 2.10, table 5.5).
struct RawHeader {
    u64 signature;
    u32 revision;
    u32 size;
    u32 sum;
    u32 reserved;
    u64 own_sector, other_sector;
    u64 first_usable, last_usable;
    std::array<u64, 2> disk_identity;
    u64 entries_sector;
    u32 entry_count;
    u32 entry_size;
    u32 entries_sum;
    u32 unused;
};
constexpr u64 signature = 0x5452'4150'2049'4645; // "EFI PART"
constexpr u32 least_header = 92, least_entry = 128;

} // namespace

Result<Header> parse_header(Bytes bytes, u64 sector, u64 sector_count) {
    const auto raw = TRY(read_at<RawHeader>(bytes, 0));
    if (raw.signature != signature) return fail(Error::not_found);
    if (raw.size < least_header || raw.size > bytes.size()) return fail(Error::bad_format);
    constexpr u64 sum_at = 16;
    constexpr std::array<std::byte, 4> zeros{}; // in place of the sum itself
    const u32 sum =
        crc32(bytes.subspan(sum_at + 4, raw.size - sum_at - 4), crc32(zeros, crc32(bytes.first(sum_at))));
    if (sum != raw.sum || raw.own_sector != sector) return fail(Error::bad_format);
    if (raw.first_usable > raw.last_usable || raw.last_usable >= sector_count) return fail(Error::bad_format);
    if (raw.entry_size < least_entry || raw.entry_size % 8 != 0 || raw.entry_count == 0)
        return fail(Error::bad_format);
    const Header header{raw.entries_sector, raw.entry_count,  raw.entry_size,
                        raw.entries_sum,    raw.first_usable, raw.last_usable};
    if (header.entries_bytes() > most_table_bytes) return fail(Error::too_large);
    const u64 table = align_up(header.entries_bytes(), bytes.size()) / bytes.size();
    if (!within(raw.entries_sector, table, sector_count)) return fail(Error::bad_format);
    return header;
}

Result<std::vector<PartitionEntry>> parse_entries(const Header& header, Bytes bytes) {
    if (bytes.size() != header.entries_bytes() || crc32(bytes) != header.entries_sum)
        return fail(Error::bad_format);
    std::vector<PartitionEntry> entries;
    for (u32 i = 0; i < header.entry_count && i < 255; ++i) {
        const Bytes raw = bytes.subspan(u64{i} * header.entry_size, header.entry_size);
        PartitionEntry entry;
        entry.number = static_cast<u8>(i + 1);
        entry.type = TRY((read_at<std::array<u64, 2>>(raw, 0)));
        if (entry.type[0] == 0 && entry.type[1] == 0) continue;
        entry.identity = TRY((read_at<std::array<u64, 2>>(raw, 16)));
        entry.first = TRY(read_at<u64>(raw, 32));
        const u64 last = TRY(read_at<u64>(raw, 40));
        if (entry.first < header.first_usable || last > header.last_usable || entry.first > last)
            return fail(Error::bad_format);
        entry.count = last - entry.first + 1;
        append_utf16(entry.name, raw.subspan(56, 72));
        TRY(add_apart(entries, std::move(entry)));
    }
    return entries;
}

} // namespace gpt

namespace mbr {

Result<std::array<Slot, 4>> parse(Bytes sector) {
    constexpr u64 slots_at = 446, slot_size = 16;
    if (TRY(read_at<u16>(sector, 510)) != 0xaa55) return fail(Error::bad_format);
    std::array<Slot, 4> slots{};
    for (u64 i = 0; i < slots.size(); ++i) {
        const Bytes raw = TRY(part_of(sector, slots_at + i * slot_size, slot_size));
        const u8 status = TRY(read_at<u8>(raw, 0));
        // The boot sector of a file system has other bytes here.
        if (status != 0 && status != 0x80) return fail(Error::bad_format);
        slots[i] = {TRY(read_at<u8>(raw, 4)), TRY(read_at<u32>(raw, 8)), TRY(read_at<u32>(raw, 12))};
        if (slots[i].count == 0) slots[i].type = 0;
    }
    if (std::ranges::all_of(slots, [](const Slot& slot) { return slot.type == 0; }))
        return fail(Error::not_found);
    return slots;
}

bool is_protective(const std::array<Slot, 4>& slots) {
    return std::ranges::any_of(slots, [](const Slot& slot) { return slot.type == 0xee; });
}

Result<> Table::add(u8 number, u8 type, u64 first, u64 count) {
    if (first == 0 || !within(first, count, sector_count_)) return fail(Error::bad_format);
    return add_apart(entries_, {.number = number, .first = first, .count = count, .type = {type, 0}});
}

} // namespace mbr
} // namespace pith::proto::block
