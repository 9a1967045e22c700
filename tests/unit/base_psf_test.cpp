#include "base/psf.h"
#include "base_samples.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

using namespace samples;

void check_invariants(const Buffer& file) {
    const auto font = PsfFont::parse(file);
    if (!font) return;
    u64 sum = 0;
    for (const u32 number : {0u, 1u, font->glyph_count() - 1, font->glyph_count(), ~0u}) {
        const Bytes glyph = font->glyph(number);
        ASSERT_EQ(glyph.size(), font->bytes_per_glyph());
        for (const std::byte b : glyph)
            sum += std::to_integer<u64>(b);
    }
    for (const char32_t c : {U'A', U'\x2502', U'\x2500', U'\x1f600'}) {
        const auto number = font->find(c);
        if (number) ASSERT_LT(*number, font->glyph_count());
    }
    ASSERT_NE(sum, ~u64{0});
}

TEST(Psf, Version1) {
    const Buffer file = psf1(16, false);
    const auto font = PsfFont::parse(file);
    ASSERT_TRUE(font);
    EXPECT_EQ(font->width(), 8u);
    EXPECT_EQ(font->height(), 16u);
    EXPECT_EQ(font->glyph_count(), 256u);
    EXPECT_EQ(font->glyph(65)[3], std::byte{65});
    EXPECT_EQ(font->glyph(999)[0], std::byte{0});
    EXPECT_EQ(font->find(U'A'), 65u);
    EXPECT_EQ(font->find(0x2500), std::nullopt);
}

TEST(Psf, Version1Table) {
    const Buffer file = psf1(14, true);
    const auto font = PsfFont::parse(file);
    ASSERT_TRUE(font);
    EXPECT_EQ(font->find(0x2502), 2u);
    EXPECT_EQ(font->find(U'A'), std::nullopt); // only in sequences
}

TEST(Psf, Version2) {
    const Buffer file = psf2(12, 20, 40, true);
    const auto font = PsfFont::parse(file);
    ASSERT_TRUE(font);
    EXPECT_EQ(font->width(), 12u);
    EXPECT_EQ(font->bytes_per_line(), 2u);
    EXPECT_EQ(font->bytes_per_glyph(), 40u);
    EXPECT_EQ(font->glyph(7)[0], std::byte{7});
    EXPECT_EQ(font->find(U'A'), 0u);
    EXPECT_EQ(font->find(0x2502), 1u);
    EXPECT_EQ(font->find(0xe4), 3u);
    EXPECT_EQ(font->find(U'Z'), std::nullopt);
}

TEST(Psf, Pixels) {
    const std::array glyph{std::byte{0x80}, std::byte{0x10}, std::byte{0x01}, std::byte{0x00}};
    EXPECT_TRUE(PsfFont::pixel(glyph, 12, 0, 0));
    EXPECT_FALSE(PsfFont::pixel(glyph, 12, 1, 0));
    EXPECT_TRUE(PsfFont::pixel(glyph, 12, 11, 0));
    EXPECT_TRUE(PsfFont::pixel(glyph, 12, 7, 1));
    EXPECT_FALSE(PsfFont::pixel(glyph, 12, 12, 0));
    EXPECT_FALSE(PsfFont::pixel(glyph, 12, 0, 2));
    EXPECT_FALSE(PsfFont::pixel(glyph, 12, 0, ~0u));
}

TEST(Psf, RefusesContradictions) {
    const auto with = [](std::size_t at, u32 value) {
        Buffer file = psf2(8, 16, 16, false);
        set_number<u32>(file, at, value);
        const auto font = PsfFont::parse(file);
        return font ? Error{} : font.error();
    };
    EXPECT_EQ(with(0, 0), Error::unsupported);
    EXPECT_EQ(with(4, 1), Error::unsupported);
    EXPECT_EQ(with(8, 31), Error::bad_format);
    EXPECT_EQ(with(8, 0xffff'ffff), Error::end_of_data);
    EXPECT_EQ(with(16, 0), Error::bad_format);
    EXPECT_EQ(with(16, 17), Error::end_of_data);
    EXPECT_EQ(with(16, 0xffff'ffff), Error::too_large);
    EXPECT_EQ(with(20, 15), Error::bad_format);
    EXPECT_EQ(with(24, 0), Error::bad_format);
    EXPECT_EQ(with(28, 0xffff'ffff), Error::too_large);
}

TEST(Psf, TruncatedAtEveryLength) {
    for (const Buffer& whole : {psf1(4, true), psf2(9, 6, 20, true)}) {
        const bool first = whole.size() > 2000;
        const std::size_t needed = first ? 4 + 256 * 4 : 32 + 20 * 12;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const Buffer file = prefix_of(whole, size);
            check_invariants(file);
            EXPECT_EQ(PsfFont::parse(file).has_value(), size >= needed);
        }
    }
}

TEST(Psf, SurvivesDamage) {
    Random random{4};
    for (const Buffer& whole : {psf1(4, true), psf2(9, 6, 20, true)})
        for (int i = 0; i < 5000; ++i)
            check_invariants(damaged(whole, random));
    const Buffer whole = psf2(9, 6, 20, true);
    for (int i = 0; i < 5000; ++i) {
        Buffer file = whole;
        const Buffer head = damaged(prefix_of(whole, 32), random);
        std::copy(head.begin(), head.end(), file.begin());
        check_invariants(file);
    }
}

} // namespace
} // namespace pith
