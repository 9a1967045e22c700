#pragma once

#include "proto/partition_table.h"

#include <initializer_list>
#include <vector>

/// Disks with partition tables, made by hand: for tests, and for fuzzers to begin with.
namespace pith::samples {

struct Disk {
    u64 sector_size;
    std::vector<std::byte> bytes;

    [[nodiscard]] u64 sectors() const { return bytes.size() / sector_size; }
    [[nodiscard]] Result<> read(u64 sector, std::span<std::byte> to) const {
        if (!within(sector, to.size() / sector_size, sectors())) return fail(Error::end_of_data);
        std::memcpy(to.data(), bytes.data() + sector * sector_size, to.size());
        return {};
    }
};
struct Partition {
    u32 number;
    u64 first, last;
    std::string_view name; ///< Latin 1
};

inline Disk disk(u64 sector_size, u64 sectors = 600) {
    return {sector_size, std::vector<std::byte>(sector_size * sectors)};
}

inline u32 sum_of(Bytes bytes) {
    u32 sum = ~u32{0};
    for (const std::byte byte : bytes) {
        sum ^= static_cast<u32>(byte);
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum & 1) != 0 ? sum >> 1 ^ 0xedb8'8320 : sum >> 1;
    }
    return ~sum;
}

template <class T>
void put(Disk& disk, u64 at, T value) {
    std::memcpy(disk.bytes.data() + at, &value, sizeof value);
}

/// Makes the sum of a GPT header right again.
inline void sum_header(Disk& disk, u64 sector) {
    const u64 at = sector * disk.sector_size;
    const u32 size = read_at<u32>(disk.bytes, at + 12).value_or(0);
    put<u32>(disk, at + 16, 0);
    if (within(at, size, disk.bytes.size())) put(disk, at + 16, sum_of(Bytes{disk.bytes}.subspan(at, size)));
}

inline void put_slot(Disk& disk, u64 sector, u64 slot, u8 type, u32 first, u32 count) {
    const u64 at = sector * disk.sector_size;
    put<u8>(disk, at + 446 + slot * 16 + 4, type);
    put(disk, at + 446 + slot * 16 + 8, first);
    put(disk, at + 446 + slot * 16 + 12, count);
    put<u16>(disk, at + 510, 0xaa55);
}

/// Both tables, each with 8 entries of 128 bytes.
inline void put_gpt(Disk& disk, std::initializer_list<Partition> partitions) {
    constexpr u64 entries = 8, entry_size = 128;
    const u64 table = align_up(entries * entry_size, disk.sector_size) / disk.sector_size;
    const u64 last = disk.sectors() - 1;
    put_slot(disk, 0, 0, 0xee, 1, static_cast<u32>(last));
    for (const auto& [own, other, where] : {std::array{u64{1}, last, u64{2}}, {last, u64{1}, last - table}}) {
        for (const Partition& one : partitions) {
            const u64 at = where * disk.sector_size + (one.number - 1) * entry_size;
            put<u64>(disk, at, 0x1234);
            put<u64>(disk, at + 16, 7);
            put(disk, at + 32, one.first);
            put(disk, at + 40, one.last);
            for (u64 i = 0; i < one.name.size(); ++i)
                put<u16>(disk, at + 56 + i * 2, static_cast<unsigned char>(one.name[i]));
        }
        const u64 at = own * disk.sector_size;
        std::memcpy(disk.bytes.data() + at, "EFI PART", 8);
        put<u32>(disk, at + 8, 0x10000);
        put<u32>(disk, at + 12, 92);
        put(disk, at + 24, own);
        put(disk, at + 32, other);
        put<u64>(disk, at + 40, 34);
        put(disk, at + 48, last - table - 1);
        put(disk, at + 72, where);
        put(disk, at + 80, static_cast<u32>(entries));
        put(disk, at + 84, static_cast<u32>(entry_size));
        put(disk, at + 88, sum_of(Bytes{disk.bytes}.subspan(where * disk.sector_size, entries * entry_size)));
        sum_header(disk, own);
    }
}

inline Disk gpt_disk(u64 sector_size) {
    Disk made = disk(sector_size);
    put_gpt(made, {{1, 64, 163, "home\xe9"}, {4, 200, 300, "more"}});
    return made;
}

/// One primary partition; two logical ones, whose list lies at sectors 300 and 400.
inline Disk mbr_disk() {
    Disk made = disk(512);
    put_slot(made, 0, 0, 0x83, 100, 50);
    put_slot(made, 0, 1, 0x05, 300, 250);
    put_slot(made, 300, 0, 0x83, 10, 50);
    put_slot(made, 300, 1, 0x05, 100, 100);
    put_slot(made, 400, 0, 0x0c, 10, 50);
    return made;
}

} // namespace pith::samples
