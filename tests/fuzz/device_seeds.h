#pragma once

#include "base_samples.h"
#include "block_samples.h"

#include "proto/block.h"

#include <algorithm>

/// First inputs for the fuzzers of what devices, disks and firmware say.
namespace pith::seeds {

using samples::Buffer;

template <class T>
void put_at(Buffer& buffer, u64 at, T value) {
    if (buffer.size() < at + sizeof value) buffer.resize(at + sizeof value);
    std::memcpy(buffer.data() + at, &value, sizeof value);
}

/// An ACPI table with `size` bytes behind the header, and words there.
struct Word {
    u64 at;
    u32 value;
};
inline Buffer table(std::string_view name, u64 size, std::initializer_list<Word> words) {
    Buffer buffer(36 + size);
    std::memcpy(buffer.data(), name.data(), 4);
    put_at(buffer, 4, static_cast<u32>(buffer.size()));
    for (const Word& word : words)
        put_at(buffer, word.at, word.value);
    return buffer;
}

inline std::vector<Buffer> tables() {
    return {
        table("RSDT", 12, {{36, 0x1000}, {40, 0x2000}, {44, 0x3000}}),
        table("XSDT", 16, {{36, 0x1000}, {44, 0x2000}}),
        // A processor, an I/O APIC, a line that is wired otherwise.
        table("APIC", 38,
              {{36, 0xfee0'0000},
               {44, 0x0800},
               {48, 1},
               {52, 0x0c01},
               {56, 0xfec0'0000},
               {64, 0x0900'0a02},
               {68, 9}}),
        table("FACP", 208, {{40, 0x7000}, {64, 0x604}, {76, 0x608}, {116, 0x0801}, {120, 0xcf9}}),
        table("HPET", 20, {{36, 0x8086'a201}, {44, 0xfed0'0000}}),
        table("MCFG", 24, {{44, 0xb000'0000}, {52, 0xff00'0000}}),
        table("DSDT", 12, {{36, 0x355f'085c}, {40, 0x0604'1208}, {44, 0x0005'0a0b}}), // Name (\_S5, Package…)
        // A unit of translation with an I/O APIC behind it, and memory that a device keeps.
        table("DMAR", 68,
              {{36, 0x126},
               {48, 0x0018'0000},
               {52, 1},
               {56, 0xfed9'0000},
               {64, 0x0803},
               {68, 0x0100'0000},
               {72, 0x0020'0001},
               {80, 0x7f00'0000},
               {88, 0x7f00'ffff},
               {96, 0x0801}}),
    };
}

/// Configuration space of a virtio disk: table of messages, four groups of registers, and one of a
/// controller.
inline std::vector<Buffer> functions() {
    Buffer disk(256);
    put_at<u32>(disk, 0, 0x1042'1af4);
    put_at<u16>(disk, 6, 0x10);
    put_at<u32>(disk, 8, 0x0100'0001);
    put_at<u8>(disk, 0x34, 0x40);
    put_at<u32>(disk, 0x40, 0x0003'5011);
    put_at<u32>(disk, 0x44, 0x2001);
    put_at<u32>(disk, 0x48, 0x3001);
    for (u8 group = 1; group <= 4; ++group) {
        const u8 at = static_cast<u8>(0x40 + group * 0x18 - 8);
        put_at<u32>(disk, at,
                    u32{9} | u32{group == 4 ? u8{0} : static_cast<u8>(at + 0x18)} << 8 | u32{20} << 16 |
                        u32{group} << 24);
        put_at<u32>(disk, at + 4u, 4);
        put_at<u32>(disk, at + 8u, group * u32{0x1000});
        put_at<u32>(disk, at + 12u, 0x1000);
        put_at<u32>(disk, at + 16u, 4);
    }
    Buffer controller(256);
    put_at<u32>(controller, 0, 0x2922'8086);
    put_at<u16>(controller, 6, 0x10);
    put_at<u32>(controller, 8, 0x0106'0102);
    put_at<u8>(controller, 0x34, 0x80);
    put_at<u16>(controller, 0x80, 0xa805);
    put_at<u16>(controller, 0xa8, 0x6010);
    put_at<u32>(controller, 0xac, 1 << 28);
    put_at<u16>(controller, 0x60, 0x0012);
    return {disk, controller};
}

/// The pieces of a disk that are not zeros, as partition_fuzz.cpp lays them out again.
inline Buffer pieces_of(const samples::Disk& disk) {
    constexpr u64 piece = 512;
    Buffer buffer;
    for (u64 at = 0; at < disk.bytes.size(); at += piece) {
        const auto bytes = std::span{disk.bytes}.subspan(at, piece);
        if (std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{}; })) continue;
        put_at(buffer, buffer.size(), static_cast<u16>(at / piece));
        buffer.insert(buffer.end(), bytes.begin(), bytes.end());
    }
    return buffer;
}

/// Given, published, used, taken; two at a time.
inline std::string_view queue() {
    return {"\0\5\x20\0\0\6\x20\0\1\0\0\0\3\6\x20\0\3\5\1\0\2\0\0\0\2\0\0\0\2\0\0\0", 32};
}

/// A transaction: reads, writes, a flush, its commit record.
inline Buffer batch() {
    using namespace proto::block;
    const std::array requests{read(0, 0, 4), write(8, 4096, 8), write(16, 8192, 8), flush(),
                              write(900, 0, 1, Request::force_unit_access)};
    Buffer buffer(2 + sizeof requests);
    buffer[0] = std::byte{0x44};
    std::memcpy(buffer.data() + 2, requests.data(), sizeof requests);
    return buffer;
}

/// Changes of a file system (ext4_disk.h): the superblock's features, an inode, entries of a directory.
inline Buffer changes(u8 kind, std::initializer_list<std::array<u8, 6>> each) {
    Buffer buffer{static_cast<std::byte>(kind)};
    for (const auto& change : each) // block, place (2), one byte
        for (const u8 byte : {change[0], change[1], change[2], change[3], u8{1}, change[4]})
            buffer.push_back(static_cast<std::byte>(byte));
    return buffer;
}

} // namespace pith::seeds
