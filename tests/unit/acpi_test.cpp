#include "base/acpi.h"
#include "kernel/machine/x86_64/tables/soft_off.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace pith::acpi {
namespace {

/// Builds a table byte by byte; the length and the sum come last.
class TableBuilder {
  public:
    explicit TableBuilder(std::string_view signature) {
        bytes_.resize(header_size);
        for (std::size_t n = 0; n < 4; ++n)
            bytes_[n] = static_cast<std::byte>(signature[n]);
    }
    TableBuilder& number(u64 value, unsigned size) {
        for (unsigned n = 0; n < size; ++n)
            bytes_.push_back(static_cast<std::byte>(value >> (8 * n)));
        return *this;
    }
    TableBuilder& bytes(std::initializer_list<u8> values) {
        for (const u8 value : values)
            number(value, 1);
        return *this;
    }
    TableBuilder& put(u64 offset, u64 value, unsigned size) {
        if (bytes_.size() < offset + size) bytes_.resize(offset + size);
        for (unsigned n = 0; n < size; ++n)
            bytes_[offset + n] = static_cast<std::byte>(value >> (8 * n));
        return *this;
    }
    std::vector<std::byte> finish() {
        put(4, bytes_.size(), 4);
        put(9, 0, 1);
        u8 sum = 0;
        for (const std::byte byte : bytes_)
            sum = static_cast<u8>(sum + static_cast<u8>(byte));
        put(9, static_cast<u8>(0x100 - sum), 1);
        return bytes_;
    }

  private:
    std::vector<std::byte> bytes_;
};

std::vector<std::byte> sample_madt() {
    return TableBuilder{"APIC"}
        .number(0xfee00000, 4)
        .number(1, 4)                                            // there is a PIC
        .bytes({0, 8, 0, 4, 1, 0, 0, 0, 0, 8, 1, 1, 0, 0, 0, 0}) // two processors, the second one disabled
        .bytes({1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0})      // I/O APIC
        .bytes({2, 10, 0, 0, 2, 0, 0, 0, 0, 0})                  // line 0 is wired to input 2
        .bytes({2, 10, 0, 9, 9, 0, 0, 0, 0x0f, 0})               // line 9: level, active low
        .bytes({2, 10, 0, 200, 3, 0, 0, 0, 0, 0})                // not an ISA line
        .bytes({0x7f, 4, 0xaa, 0xbb})                            // a type that we do not know
        .finish();
}

std::vector<std::byte> sample_dsdt(std::initializer_list<u8> code) {
    return TableBuilder{"DSDT"}.bytes({0x5b, 0x80}).bytes(code).bytes({0xa4, 0x00}).finish();
}

TEST(Acpi, MadtTellsWhereControllersAreAndHowLinesAreWired) {
    const auto madt = parse_madt(sample_madt());
    ASSERT_TRUE(madt.has_value());
    EXPECT_EQ(madt->local_apic.raw, 0xfee00000u);
    EXPECT_TRUE(madt->has_pic);
    ASSERT_EQ(madt->processors.count, 1u);
    EXPECT_EQ(madt->processors.ids[0], 4u);
    ASSERT_EQ(madt->io_apic_count, 1u);
    EXPECT_EQ(madt->io_apics[0].address.raw, 0xfec00000u);
    EXPECT_EQ(madt->isa[0].line, 2u);
    EXPECT_FALSE(madt->isa[0].level);
    EXPECT_TRUE(madt->isa[9].level);
    EXPECT_TRUE(madt->isa[9].active_low);
    EXPECT_EQ(madt->isa[4].line, 4u);
}

TEST(Acpi, MadtEntryOfLengthZeroOrBeyondTheEndIsRefused) {
    EXPECT_FALSE(parse_madt(TableBuilder{"APIC"}.number(0, 8).bytes({0, 0}).finish()).has_value());
    EXPECT_FALSE(parse_madt(TableBuilder{"APIC"}.number(0, 8).bytes({0, 1}).finish()).has_value());
    EXPECT_FALSE(parse_madt(TableBuilder{"APIC"}.number(0, 8).bytes({0, 8, 0}).finish()).has_value());
}

TEST(Acpi, TooManyControllersAreLeftOut) {
    TableBuilder builder{"APIC"};
    builder.number(0, 8);
    for (int n = 0; n < 20; ++n)
        builder.bytes({1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0});
    const auto madt = parse_madt(builder.finish());
    ASSERT_TRUE(madt.has_value());
    EXPECT_EQ(madt->io_apic_count, Madt::max_io_apics);
}

TEST(Acpi, RootTablesOfBothWidths) {
    const auto narrow =
        parse_root(TableBuilder{"RSDT"}.number(0x1000, 4).number(0, 4).number(0x2000, 4).finish());
    ASSERT_TRUE(narrow.has_value());
    ASSERT_EQ(narrow->count, 2u);
    EXPECT_EQ(narrow->tables[1].raw, 0x2000u);
    const auto wide = parse_root(TableBuilder{"XSDT"}.number(0x123456789a, 8).number(0x55, 4).finish());
    ASSERT_TRUE(wide.has_value());
    ASSERT_EQ(wide->count, 1u);
    EXPECT_EQ(wide->tables[0].raw, 0x123456789au);
    EXPECT_FALSE(parse_root(TableBuilder{"RSDP"}.finish()).has_value());
}

TEST(Acpi, RootTableOfManyEntriesIsBounded) {
    TableBuilder builder{"RSDT"};
    for (u32 n = 1; n < 500; ++n)
        builder.number(n * 0x1000, 4);
    EXPECT_EQ(parse_root(builder.finish())->count, RootTable::capacity);
}

TEST(Acpi, FadtPrefersTheWiderFields) {
    TableBuilder builder{"FACP"};
    builder.put(40, 0x1000, 4).put(48, 0xb2, 4).put(52, 0xf1, 1).put(64, 0x604, 4).put(76, 0x608, 4);
    builder.put(112, 1u << 8 | 1u << 10, 4);
    builder.put(116, 0x01, 1).put(120, 0xcf9, 8).put(128, 0x0f, 1); // reset register
    builder.put(140, 0x2000, 8);
    builder.put(172, 0x01, 1).put(176, 0xb004, 8).put(236, 0, 8);
    const auto fadt = parse_fadt(builder.finish());
    ASSERT_TRUE(fadt.has_value());
    EXPECT_EQ(fadt->dsdt.raw, 0x2000u);
    EXPECT_EQ(fadt->smi_command, 0xb2);
    EXPECT_EQ(fadt->acpi_enable, 0xf1);
    EXPECT_EQ(fadt->pm1a_control, 0xb004);
    EXPECT_EQ(fadt->pm1b_control, 0);
    EXPECT_EQ(fadt->pm_timer, 0x608);
    EXPECT_TRUE(fadt->pm_timer_32_bits);
    EXPECT_EQ(fadt->reset.space, Register::Space::port);
    EXPECT_EQ(fadt->reset.address, 0xcf9u);
    EXPECT_EQ(fadt->reset_value, 0x0f);
}

TEST(Acpi, OldFadtWithoutNewFields) {
    const auto fadt =
        parse_fadt(TableBuilder{"FACP"}.put(64, 0x604, 4).put(76, 0x12345678, 4).put(112, 0, 4).finish());
    ASSERT_TRUE(fadt.has_value());
    EXPECT_EQ(fadt->pm1a_control, 0x604);
    EXPECT_EQ(fadt->pm_timer, 0); // no port has such a number
    EXPECT_EQ(fadt->reset.space, Register::Space::none);
    EXPECT_FALSE(parse_fadt(TableBuilder{"FACP"}.finish()).has_value());
}

TEST(Acpi, HpetMustBeInMemoryAndAligned) {
    const auto hpet = [](u8 space, u64 address) {
        return parse_hpet(TableBuilder{"HPET"}.put(40, space, 1).put(44, address, 8).finish());
    };
    EXPECT_EQ(hpet(0, 0xfed00000)->raw, 0xfed00000u);
    EXPECT_FALSE(hpet(1, 0xfed00000).has_value());
    EXPECT_FALSE(hpet(0, 0xfed00010).has_value());
    EXPECT_FALSE(hpet(0, 0).has_value());
}

TEST(Acpi, ConfigurationSpaceOfTheFirstSegment) {
    const auto mcfg = [](u8 first_bus, u8 last_bus) {
        return parse_mcfg(TableBuilder{"MCFG"}
                              .put(44, 0xa000'0000, 8)
                              .put(52, 1, 4) // another segment
                              .put(60, 0xb000'0000, 8)
                              .put(70, first_bus, 1)
                              .put(71, last_bus, 5)
                              .finish());
    };
    const auto window = mcfg(0, 255);
    ASSERT_TRUE(window.has_value());
    EXPECT_EQ(window->base.raw, 0xb000'0000u);
    EXPECT_EQ(window->last_bus, 255);
    EXPECT_EQ(mcfg(1, 0).error(), Error::not_found); // ends before it begins
    EXPECT_EQ(parse_mcfg(TableBuilder{"MCFG"}.put(44, 0xb000'0000, 8).put(52, 0, 7).finish()).error(),
              Error::not_found); // a byte short
}

TEST(Acpi, SoftOffInEveryEncoding) {
    const auto plain =
        find_soft_off(sample_dsdt({0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x00, 0x01, 0x00, 0x00}));
    ASSERT_TRUE(plain.has_value());
    EXPECT_EQ(plain->a, 0);
    EXPECT_EQ(plain->b, 1);
    const auto rooted = find_soft_off(
        sample_dsdt({0x08, '\\', '_', 'S', '5', '_', 0x12, 0x0a, 0x04, 0x0a, 0x05, 0x0b, 0x06, 0x00, 0x00}));
    ASSERT_TRUE(rooted.has_value());
    EXPECT_EQ(rooted->a, 5);
    EXPECT_EQ(rooted->b, 6);
    const auto long_length = find_soft_off(
        sample_dsdt({0x08, '_', 'S', '5', '_', 0x12, 0x46, 0x00, 0x02, 0x0a, 0x07, 0x0a, 0x07}));
    ASSERT_TRUE(long_length.has_value());
    EXPECT_EQ(long_length->a, 7);
}

TEST(Acpi, WhatOnlyLooksLikeSoftOffIsPassedOver) {
    EXPECT_FALSE(find_soft_off(sample_dsdt({'_', 'S', '5', '_', 0x12, 0x06, 0x02, 0x00, 0x00})).has_value());
    EXPECT_FALSE(find_soft_off(sample_dsdt({0x08, '_', 'S', '5', '_', 0x70, 0x06})).has_value());
    EXPECT_FALSE(
        find_soft_off(sample_dsdt({0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x02, 0x0a, 0x08, 0x0a, 0x08}))
            .has_value());
    const auto second = find_soft_off(sample_dsdt({0x08, '_', 'S', '5', '_', 0x70, 0x08, '_', 'S', '5', '_',
                                                   0x12, 0x04, 0x02, 0x0a, 0x03, 0x0a, 0x03}));
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->a, 3);
}

/// Every parser, on memory of exactly the size it is told (the sanitizer sees a byte too far).
void parse_all(const std::vector<std::byte>& table) {
    (void)parse_root(table);
    (void)parse_madt(table);
    (void)parse_fadt(table);
    (void)parse_hpet(table);
    (void)parse_mcfg(table);
    (void)find_soft_off(table);
}

TEST(Acpi, CutAnywhereIsRefused) {
    const auto whole = sample_madt();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(parse_madt(part).has_value()) << size;
        parse_all(part);
    }
}

TEST(Acpi, AnyFlippedBitBreaksTheSum) {
    auto table = sample_madt();
    for (std::size_t bit = 0; bit < table.size() * 8; ++bit) {
        table[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
        EXPECT_FALSE(parse_madt(table).has_value()) << bit;
        table[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    }
}

TEST(Acpi, RubbishWithAValidSumIsSurvived) {
    std::mt19937 random{1};
    constexpr std::string_view names[] = {"APIC", "FACP", "HPET", "DSDT", "RSDT", "XSDT", "MCFG"};
    for (int round = 0; round < 6000; ++round) {
        TableBuilder builder{names[round % 7]};
        const u32 size = static_cast<u32>(random() % 300);
        for (u32 n = 0; n < size; ++n)
            builder.number(random() % 4 == 0 ? random() : random() % 13, 1);
        if (round % 3 == 0)
            builder.bytes(
                {0x08, '_', 'S', '5', '_', 0x12, static_cast<u8>(random()), static_cast<u8>(random())});
        parse_all(builder.finish());
    }
}

} // namespace
} // namespace pith::acpi
