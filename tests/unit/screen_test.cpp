#include "servers/console/emulator.h"

#include <gtest/gtest.h>

#include <cstring>

namespace pith::os::console {
namespace {

/// A font of 8 by 8 points: glyph N has N in every line.
class Picture : public testing::Test {
  protected:
    static constexpr u32 columns = 20, rows = 4;
    Picture() {
        font_file_ = {std::byte{0x36}, std::byte{0x04}, std::byte{0}, std::byte{8}};
        for (int glyph = 0; glyph < 256; ++glyph)
            font_file_.insert(font_file_.end(), 8, static_cast<std::byte>(glyph));
        const auto font = PsfFont::parse(font_file_);
        EXPECT_TRUE(font);
        auto canvas =
            Canvas::create(pixels_, {{}, columns * 8, rows * 8, columns * 32, abi::PixelFormat::argb}, *font);
        EXPECT_TRUE(canvas);
        canvas_.emplace(*std::move(canvas));
    }
    /// The character that stands there, by its pixels: a set point is what is not background.
    char at(u32 row, u32 column, u32 background = 0) const {
        u32 bits = 0;
        for (u32 x = 0; x < 8; ++x) {
            u32 pixel;
            std::memcpy(&pixel, &pixels_[(row * 8 * columns * 8 + column * 8 + x) * 4], 4);
            bits = bits << 1 | (pixel != background);
        }
        return static_cast<char>(bits);
    }
    std::string line(u32 row) {
        emulator_.paint(*canvas_);
        std::string text;
        for (u32 column = 0; column < columns; ++column) {
            const char c = at(row, column);
            text += c == '\0' || c == ' ' ? ' ' : c;
        }
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }

    std::vector<std::byte> font_file_;
    std::vector<std::byte> pixels_ = std::vector<std::byte>(columns * rows * 8 * 8 * 4);
    std::optional<Canvas> canvas_;
    Emulator emulator_{rows, columns};
};

TEST_F(Picture, ShowsTextWhereTheCursorIs) {
    emulator_.write("\x1b[?25lhello\r\n\x1b[3;4Hthere\x1b[1;1HJ");
    EXPECT_TRUE(emulator_.changed());
    EXPECT_EQ(line(0), "Jello");
    EXPECT_EQ(line(2), "   there");
    EXPECT_FALSE(emulator_.changed());
}

TEST_F(Picture, ScrollsAndKeepsWhatLeaves) {
    emulator_.write("\x1b[?25l");
    for (char c = 'a'; c <= 'g'; ++c)
        emulator_.write(std::string{"line "} + c + (c == 'g' ? "" : "\r\n"));
    EXPECT_EQ(line(0), "line d");
    EXPECT_EQ(line(3), "line g");
    emulator_.scroll_view(2);
    EXPECT_EQ(line(0), "line b");
    EXPECT_EQ(line(3), "line e");
    emulator_.scroll_view(100);
    EXPECT_EQ(line(0), "line a");
    emulator_.write("!"); // shows what is new
    EXPECT_EQ(line(3), "line g!");
}

TEST_F(Picture, ScrollRegionsKeepTheRest) {
    emulator_.write("\x1b[?25ltop\x1b[4;1Hbottom\x1b[2;3r\x1b[2;1Hone\r\ntwo\r\nthree");
    EXPECT_EQ(line(0), "top");
    EXPECT_EQ(line(1), "two");
    EXPECT_EQ(line(2), "three");
    EXPECT_EQ(line(3), "bottom");
}

TEST_F(Picture, ColoursAndReverse) {
    emulator_.write("\x1b[?25l\x1b[44ma\x1b[0m\x1b[7mb");
    emulator_.paint(*canvas_);
    u32 corner;
    std::memcpy(&corner, pixels_.data(), 4); // of `a`, whose highest bit is not set: its background
    EXPECT_EQ(corner & 0xffffff, palette_colour(4));
    EXPECT_EQ(at(0, 0, corner), 'a');
    EXPECT_EQ(at(0, 1, 0xd8d8d8), 'b');
}

TEST_F(Picture, KeysBecomeWhatProgramsExpect) {
    emulator_.press(U'ä', {});
    emulator_.press(U'c', {.control = true});
    emulator_.press(SpecialKey::up, {});
    emulator_.press(SpecialKey::enter, {});
    emulator_.press(SpecialKey::del, {});
    EXPECT_EQ(emulator_.take_said(), "\xc3\xa4\x03\x1b[A\r\x1b[3~");
    emulator_.write("\x1b[6n"); // where is the cursor?
    EXPECT_EQ(emulator_.take_said(), "\x1b[1;1R");
    EXPECT_EQ(emulator_.take_said(), "");
}

TEST_F(Picture, AnyBytesAreSurvived) {
    u64 seed = 7;
    for (int i = 0; i < 3000; ++i) {
        std::string text = i % 3 == 0 ? "\x1b[" : i % 3 == 1 ? "\x1b" : "";
        for (int n = 0; n < 20; ++n) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text += static_cast<char>(i % 2 == 0 ? seed >> 56 : '0' + (seed >> 56) % 64);
        }
        emulator_.write(text);
        if (i % 16 == 0) emulator_.paint(*canvas_);
        emulator_.scroll_view(static_cast<int>(seed >> 60) - 8);
    }
}

TEST_F(Picture, CharactersWithoutAGlyphAreReplaced) {
    emulator_.write("\x1b[?25la\u0416b");
    EXPECT_EQ(line(0), "a?b"); // this font has no U+FFFD either
}

TEST_F(Picture, WideCharactersAreTwiceAsWide) {
    emulator_.write("\x1b[?25l日b"); // `?` is 0011 1111
    emulator_.paint(*canvas_);
    EXPECT_EQ(at(0, 0), '\x0f');
    EXPECT_EQ(at(0, 1), '\xff');
    EXPECT_EQ(at(0, 2), 'b');
}

TEST_F(Picture, TheCursorIsAsWideAsItsCharacter) {
    constexpr u32 light = default_foreground;
    for (const std::string_view text : {"日\x1b[1;1H", "日\x1b[1;2H"}) {
        emulator_.write("\x1b"
                        "c" +
                        std::string{text});
        emulator_.paint(*canvas_);
        EXPECT_EQ(at(0, 0, light), '\x0f');
        EXPECT_EQ(at(0, 1, light), '\xff');
        EXPECT_EQ(at(0, 2), '\0');
    }
}

TEST_F(Picture, MarksAndLinesAreDrawn) {
    emulator_.write("\x1b[?25l\x1b[4ma\x1b[0;9ma\x1b[0;3ma\x1b[0;8ma");
    emulator_.paint(*canvas_);
    const auto points = [&](u32 column, u32 y) {
        u32 bits = 0;
        for (u32 x = 0; x < 8; ++x)
            bits = bits << 1 | (pixels_[((y * columns + column) * 8 + x) * 4] != std::byte{});
        return bits;
    };
    EXPECT_EQ(points(0, 0), u32{'a'});
    EXPECT_EQ(points(0, 6), 0xffu) << "underlined";
    EXPECT_EQ(points(1, 4), 0xffu) << "struck";
    EXPECT_EQ(points(1, 6), u32{'a'});
    EXPECT_EQ(points(2, 0), u32{'a'} >> 1) << "slanted";
    EXPECT_EQ(points(2, 7), u32{'a'});
    EXPECT_EQ(points(3, 0), 0u) << "hidden";
}

TEST_F(Picture, ScreensCanBeReversed) {
    emulator_.write("\x1b[?25l\x1b[?5ha");
    emulator_.paint(*canvas_);
    EXPECT_EQ(at(0, 0, default_foreground), 'a');
    EXPECT_EQ(at(3, 19, default_foreground), '\0') << "blank ones, too";
}

TEST_F(Picture, WhatNobodyTakesIsNotKeptForEver) {
    for (int i = 0; i < 10'000; ++i)
        emulator_.write("\x1b[6n");
    EXPECT_LE(emulator_.take_said().size(), 4096u);
}

// ---- keys

TEST(KeySequences, AreWhatXtermSends) {
    struct Key {
        SpecialKey key;
        u32 number;
        std::string_view plain, application, shifted_with_control;
    };
    static constexpr std::array keys{
        Key{SpecialKey::enter, 0, "\r", "\r", "\r"},
        Key{SpecialKey::tab, 0, "\t", "\t", "\x1b[Z"},
        Key{SpecialKey::backspace, 0, "\x7f", "\x7f", "\b"},
        Key{SpecialKey::escape, 0, "\x1b", "\x1b", "\x1b"},
        Key{SpecialKey::up, 0, "\x1b[A", "\x1bOA", "\x1b[1;6A"},
        Key{SpecialKey::down, 0, "\x1b[B", "\x1bOB", "\x1b[1;6B"},
        Key{SpecialKey::right, 0, "\x1b[C", "\x1bOC", "\x1b[1;6C"},
        Key{SpecialKey::left, 0, "\x1b[D", "\x1bOD", "\x1b[1;6D"},
        Key{SpecialKey::home, 0, "\x1b[H", "\x1bOH", "\x1b[1;6H"},
        Key{SpecialKey::end, 0, "\x1b[F", "\x1bOF", "\x1b[1;6F"},
        Key{SpecialKey::insert, 0, "\x1b[2~", "\x1b[2~", "\x1b[2;6~"},
        Key{SpecialKey::del, 0, "\x1b[3~", "\x1b[3~", "\x1b[3;6~"},
        Key{SpecialKey::page_up, 0, "\x1b[5~", "\x1b[5~", "\x1b[5;6~"},
        Key{SpecialKey::page_down, 0, "\x1b[6~", "\x1b[6~", "\x1b[6;6~"},
        Key{SpecialKey::function, 1, "\x1bOP", "\x1bOP", "\x1b[1;6P"},
        Key{SpecialKey::function, 4, "\x1bOS", "\x1bOS", "\x1b[1;6S"},
        Key{SpecialKey::function, 5, "\x1b[15~", "\x1b[15~", "\x1b[15;6~"},
        Key{SpecialKey::function, 12, "\x1b[24~", "\x1b[24~", "\x1b[24;6~"},
        Key{SpecialKey::function, 0, "", "", ""},
        Key{SpecialKey::function, 13, "", "", ""},
    };
    for (const Key& each : keys) {
        EXPECT_EQ(sequence_of(each.key, {}, each.number, false), each.plain);
        EXPECT_EQ(sequence_of(each.key, {}, each.number, true), each.application);
        EXPECT_EQ(sequence_of(each.key, {.shift = true, .control = true}, each.number, false),
                  each.shifted_with_control);
    }
}

TEST(KeySequences, CharactersAreUtf8) {
    EXPECT_EQ(sequence_of(U'ä', {}), "ä");
    EXPECT_EQ(sequence_of(U'€', {}), "€");
    EXPECT_EQ(sequence_of(U'a', {.alt = true}), "\x1b"
                                                "a");
    EXPECT_EQ(sequence_of(U'c', {.control = true}), "\x03");
    EXPECT_EQ(sequence_of(U'C', {.control = true}), "\x03");
    EXPECT_EQ(sequence_of(U'[', {.control = true}), "\x1b");
    EXPECT_EQ(sequence_of(U'_', {.control = true}), "\x1f");
    EXPECT_EQ(sequence_of(U'?', {.control = true}), "\x7f");
    EXPECT_EQ(sequence_of(U'3', {.control = true}), "\x1b");
    EXPECT_EQ(sequence_of(U' ', {.control = true}), std::string(1, '\0'));
    EXPECT_EQ(sequence_of(U'ö', {.control = true}), "ö");
    EXPECT_EQ(sequence_of(U'd', {.alt = true, .control = true}), "\x1b\x04");
}

TEST_F(Picture, ProgramsChooseWhatKeysSend) {
    emulator_.write("\x1b[?1h\x1b[20h");
    emulator_.press(SpecialKey::up, {});
    emulator_.press(SpecialKey::enter, {});
    EXPECT_EQ(emulator_.take_said(), "\x1bOA\r\n");
}

} // namespace
} // namespace pith::os::console
