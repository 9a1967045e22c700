#include "base/character_tables.h"
#include "base/characters.h"

#include <gtest/gtest.h>

#include <string>

namespace pith {
namespace {

/// What the bytes are, and `…` where a character is still to be completed.
std::u32string decode(std::string_view bytes) {
    Utf8Decoder decoder;
    std::u32string characters;
    for (const char c : bytes)
        decoder.feed(c, [&](char32_t character) { characters += character; });
    if (decoder.is_within()) characters += U'…';
    return characters;
}

TEST(Utf8, EveryLengthIsDecoded) {
    EXPECT_EQ(decode("a\x7f\xc2\x80\xdf\xbf"), U"a\u007f\u0080\u07ff");
    EXPECT_EQ(decode("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), U"\u0800\ud7ff\ue000\uffff");
    EXPECT_EQ(decode("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), U"\U00010000\U0010ffff");
}

TEST(Utf8, LongestPartsThatCannotGoOnAreReplacedByOneCharacterEach) {
    struct Case {
        std::string_view bytes;
        std::u32string_view characters;
    };
    static constexpr std::array cases{
        Case{"\x80", U"\ufffd"}, // nothing began
        Case{"\xbf\x80", U"\ufffd\ufffd"},
        Case{"\xc3", U"…"}, // may still go on
        Case{"\xc3z", U"\ufffdz"},
        Case{"\xe2\x82z", U"\ufffdz"}, // two bytes of three are one part
        Case{"\xf0\x9f\x98z", U"\ufffdz"},
        Case{"\xe2\x82\xc3\xa4", U"\ufffdä"}, // a new one begins
        Case{"\xe2\x82\x1b", U"\ufffd\x1b"},
        Case{"\xc0\x80", U"\ufffd\ufffd"}, // one byte would do
        Case{"\xc1\xbf", U"\ufffd\ufffd"},
        Case{"\xe0\x80\x80", U"\ufffd\ufffd\ufffd"},
        Case{"\xe0\x9f\xbf", U"\ufffd\ufffd\ufffd"},
        Case{"\xf0\x8f\xbf\xbf", U"\ufffd\ufffd\ufffd\ufffd"},
        Case{"\xed\xa0\x80", U"\ufffd\ufffd\ufffd"},           // a surrogate
        Case{"\xf4\x90\x80\x80", U"\ufffd\ufffd\ufffd\ufffd"}, // beyond the last one
        Case{"\xf5\x80\xf8\xff", U"\ufffd\ufffd\ufffd\ufffd"},
        // The Unicode Standard's own, table 3-8.
        Case{"\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64",
             U"a\ufffd\ufffd\ufffdb\ufffdc\ufffd\ufffdd"},
    };
    for (const Case& each : cases)
        EXPECT_EQ(decode(each.bytes), each.characters) << testing::PrintToString(each.bytes);
}

TEST(Utf8, WhatIsAppendedIsDecodedAgain) {
    std::u32string all;
    std::string bytes;
    for (const char32_t c :
         std::u32string{0x0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff}) {
        all += c;
        bytes += utf8_of(c).view();
    }
    EXPECT_EQ(decode(bytes), all);
    EXPECT_EQ(bytes.size(), 1u + 1 + 2 + 2 + 3 + 3 + 3 + 3 + 4 + 4);
}

TEST(Characters, TakeNoCellOneOrTwo) {
    for (const char32_t one : U"a\u00ad\u00e4\u0416\u2500\ufffd\u20ac")
        EXPECT_EQ(width_of(one), 1u) << std::hex << u32{one};
    for (const char32_t none : {U'\u0300', U'\u0301', U'\u036f', U'\u0489', U'\u05bf', U'\u0e31', U'\u1160',
                                U'\u200b', U'\u200d', U'\u20d0', U'\ufe0f', U'\U000e0100'})
        EXPECT_EQ(width_of(none), 0u) << std::hex << u32{none};
    for (const char32_t two : {U'\u1100', U'\u231a', U'\u3042', U'\u4e00', U'\u9fa5', U'\uac00', U'\uff01',
                               U'\uff5e', U'\U0001f600', U'\U00020000', U'\U0003fffd'})
        EXPECT_EQ(width_of(two), 2u) << std::hex << u32{two};
    EXPECT_EQ(width_of(U'\u2fd6'), 2u) << "nobody's, among wide ones";
    EXPECT_EQ(width_of(U'\u303f'), 1u) << "the half-width one among wide ones";
    EXPECT_EQ(width_of(U'\uff61'), 1u);
    EXPECT_EQ(width_of(U'\U0010ffff'), 1u);
}

TEST(Characters, TablesAreSmallAndInOrder) {
    for (const auto ranges : {zero_width_ranges(), double_width_ranges()}) {
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            EXPECT_LE(ranges[i].first, ranges[i].last);
            if (i > 0) EXPECT_GT(ranges[i].first, ranges[i - 1].last + 1);
        }
    }
    EXPECT_LE(zero_width_ranges().size_bytes() + double_width_ranges().size_bytes(), 4096u);
    EXPECT_LE(compositions().size_bytes(), 4096u);
    for (const Composition& each : compositions()) // finds each of them
        EXPECT_EQ(compose(each.base, each.mark), each.result);
}

TEST(Characters, LettersAndMarksAreComposed) {
    EXPECT_EQ(compose(U'e', U'\u0301'), U'é');
    EXPECT_EQ(compose(U'N', U'\u0303'), U'Ñ');
    EXPECT_EQ(compose(U'и', U'\u0306'), U'й');
    EXPECT_EQ(compose(U'q', U'\u0301'), std::nullopt);
    EXPECT_EQ(compose(U'é', U'\u0301'), std::nullopt);
    EXPECT_EQ(compose(U'\U00010065', U'\u0301'), std::nullopt);
}

TEST(Characters, TextsAreCountedByCells) {
    EXPECT_EQ(width_of(""), 0u);
    EXPECT_EQ(width_of("abc"), 3u);
    EXPECT_EQ(width_of("日本"), 4u);
    EXPECT_EQ(width_of("e\u0301a"), 2u);
    EXPECT_EQ(width_of("\xe2\x82z\xff\xc3"), 4u);
}

TEST(Characters, TextsAreLaidOutInRows) {
    EXPECT_EQ(place_behind("", 4), (TextPlace{0, 0}));
    EXPECT_EQ(place_behind("abc", 4), (TextPlace{0, 3}));
    EXPECT_EQ(place_behind("abcd", 4), (TextPlace{1, 0}));
    EXPECT_EQ(place_behind("abcde\u0301", 4), (TextPlace{1, 1}));
    EXPECT_EQ(place_behind("abc日", 4), (TextPlace{1, 2})) << "what does not fit begins the next row";
    EXPECT_EQ(place_behind("日本語", 4), (TextPlace{1, 2}));
}

TEST(Characters, TextsMayEndTooEarly) {
    for (const std::string_view text : {"", "a", "ä", "\xff", "\xce\xa4", "\xe2\x82z", "\xf0\x9f\x98\x80"})
        EXPECT_FALSE(ends_within_character(text)) << text;
    for (const std::string_view text : {"\xce", "a\xe2\x82", "\xff\xf0\x9f\x98", "\xe2\xce"})
        EXPECT_TRUE(ends_within_character(text)) << text;
}

TEST(Characters, StepsGoOverMarksToo) {
    constexpr std::string_view text = "ä日e\u0301\u0302\xffz"; // begins at 0, 2, 5, 10, 11
    static constexpr std::array<u64, 6> begins{0, 2, 5, 10, 11, 12};
    for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
        EXPECT_EQ(character_after(text, begins[i]), begins[i + 1]);
        EXPECT_EQ(character_before(text, begins[i + 1]), begins[i]);
        EXPECT_EQ(character_before(text, begins[i] + 1), begins[i]) << "from within";
    }
    EXPECT_EQ(character_before(text, 0), 0u);
    EXPECT_EQ(character_after(text, text.size()), text.size());
    EXPECT_EQ(character_before("\u0301\u0302", 4), 0u) << "marks of nothing";
    EXPECT_EQ(character_after("\u0301a", 0), 2u);
    EXPECT_EQ(character_before("a\xe2\x82", 3), 1u) << "what is not complete";
}

} // namespace
} // namespace pith
