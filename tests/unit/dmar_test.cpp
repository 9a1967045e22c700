#include "kernel/machine/x86_64/tables/dmar.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pith::acpi {
namespace {

using Bytes8 = std::vector<u8>;

Bytes8 number(u64 value, unsigned size) {
    Bytes8 bytes;
    for (unsigned n = 0; n < size; ++n)
        bytes.push_back(static_cast<u8>(value >> 8 * n));
    return bytes;
}
Bytes8 joined(std::initializer_list<Bytes8> parts) {
    Bytes8 all;
    for (const Bytes8& part : parts)
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

Bytes8 scope(u8 type, u8 id, u8 bus, Bytes8 path) {
    return joined({{type, static_cast<u8>(6 + path.size()), 0, 0, id, bus}, path});
}
Bytes8 unit(u16 segment, u64 base, Bytes8 scopes = {}) {
    return joined(
        {number(0, 2), number(16 + scopes.size(), 2), {1, 0}, number(segment, 2), number(base, 8), scopes});
}
Bytes8 reserved(u64 first, u64 last, Bytes8 scopes) {
    return joined({number(1, 2), number(24 + scopes.size(), 2), number(0, 4), number(first, 8),
                   number(last, 8), scopes});
}

/// With the length and the sum as they have to be.
std::vector<std::byte> table(std::initializer_list<Bytes8> entries) {
    Bytes8 bytes{'D', 'M', 'A', 'R'};
    bytes.resize(36);
    bytes = joined({bytes, {38, 1}, Bytes8(10)});
    for (const Bytes8& entry : entries)
        bytes.insert(bytes.end(), entry.begin(), entry.end());
    for (unsigned n = 0; n < 4; ++n)
        bytes[4 + n] = static_cast<u8>(bytes.size() >> 8 * n);
    u8 sum = 0;
    for (const u8 byte : bytes)
        sum = static_cast<u8>(sum + byte);
    bytes[9] = static_cast<u8>(0x100 - sum);
    std::vector<std::byte> all;
    for (const u8 byte : bytes)
        all.push_back(static_cast<std::byte>(byte));
    return all;
}

void correct_sum(std::vector<std::byte>& bytes) {
    bytes[9] = {};
    u8 sum = 0;
    for (const std::byte byte : bytes)
        sum = static_cast<u8>(sum + static_cast<u8>(byte));
    bytes[9] = static_cast<std::byte>(0x100 - sum);
}

TEST(Dmar, UnitsAndWhatTheyNeed) {
    const auto bytes = table({unit(0, 0xfed90000, scope(3, 2, 0xf0, {0x1f, 7})),
                              {9, 0, 4, 0},
                              reserved(0x7b000000, 0x7f7fffff, scope(1, 0, 0, {2, 0})),
                              unit(0, 0xfed91000)});
    const auto dmar = parse_dmar(bytes);
    ASSERT_TRUE(dmar);
    EXPECT_EQ(dmar->address_bits, 39u);
    EXPECT_TRUE(dmar->interrupts);
    ASSERT_EQ(dmar->unit_count, 2u);
    EXPECT_EQ(dmar->units[0], PhysAddr{0xfed90000});
    EXPECT_EQ(dmar->units[1], PhysAddr{0xfed91000});
    ASSERT_EQ(dmar->io_apic_count, 1u);
    EXPECT_EQ(dmar->io_apics[0].id, 2);
    EXPECT_EQ(dmar->io_apics[0].device, 0xf0ff);
    ASSERT_EQ(dmar->reserved_count, 1u);
    EXPECT_EQ(dmar->reserved[0].device, 0x10);
    EXPECT_EQ(dmar->reserved[0].last, PhysAddr{0x7f7fffff});
    EXPECT_FALSE(dmar->incomplete);
}

TEST(Dmar, WhatDoesNotFitIsSaid) {
    EXPECT_TRUE(parse_dmar(table({unit(1, 0xfed90000)}))->incomplete) << "another segment";
    EXPECT_TRUE(parse_dmar(table({unit(0, 0xfed90010)}))->incomplete) << "not on a page";
    EXPECT_TRUE(parse_dmar(table({reserved(0, 1, scope(1, 0, 0, {2, 0, 3, 0}))}))->incomplete)
        << "behind a bridge";
    EXPECT_TRUE(parse_dmar(table({reserved(0, 1, scope(1, 0, 0, {32, 0}))}))->incomplete) << "no such device";
    const auto many = parse_dmar(
        table({unit(0, 0x1000), unit(0, 0x2000), unit(0, 0x3000), unit(0, 0x4000), unit(0, 0x5000)}));
    EXPECT_EQ(many->unit_count, Dmar::max_units);
    EXPECT_TRUE(many->incomplete);
}

TEST(Dmar, ContradictionsAreRefused) {
    EXPECT_FALSE(parse_dmar(table({{0, 0, 3, 0}})));
    EXPECT_FALSE(parse_dmar(table({{0, 0, 0, 0}})));
    EXPECT_FALSE(parse_dmar(table({{0, 0, 200, 0}})));
    EXPECT_FALSE(parse_dmar(table({unit(0, 0xfed90000, {3, 0, 0, 0})})));
    EXPECT_FALSE(parse_dmar(table({unit(0, 0xfed90000, {3, 9, 0, 0, 2, 0})})));
    EXPECT_FALSE(parse_dmar(table({reserved(2, 1, {})})));
    EXPECT_FALSE(parse_dmar({}));
}

/// Whatever the bytes are, it ends, and keeps to its arrays.
TEST(Dmar, DamagedTables) {
    const auto good = table({unit(0, 0xfed90000, scope(3, 2, 0xf0, {0x1f, 7})),
                             reserved(0x7b000000, 0x7f7fffff, scope(1, 0, 0, {2, 0})), unit(0, 0xfed91000)});
    std::mt19937 random{5};
    for (int turn = 0; turn < 20'000; ++turn) {
        auto bytes = good;
        for (u32 n = 0; n < 1 + random() % 6; ++n)
            bytes[36 + random() % (bytes.size() - 36)] = static_cast<std::byte>(random());
        correct_sum(bytes);
        if (const auto dmar = parse_dmar(bytes)) {
            EXPECT_LE(dmar->unit_count, Dmar::max_units);
            EXPECT_LE(dmar->io_apic_count, Dmar::max_io_apics);
            EXPECT_LE(dmar->reserved_count, Dmar::max_reserved);
        }
    }
}

} // namespace
} // namespace pith::acpi
