#include "servers/console/emulator.h"
#include "servers/console/keyboard.h"
#include "servers/console/line_discipline.h"

#include <gtest/gtest.h>

#include <array>

namespace pith::os::console {
namespace {

using Mode = LineDiscipline::Mode;

/// Types a text; what the terminal showed.
std::string type(LineDiscipline& discipline, std::string_view text) {
    std::string echo;
    for (const char c : text)
        discipline.feed(c, echo);
    return echo;
}

std::string set_mode(LineDiscipline& discipline, Mode mode) {
    std::string echo;
    discipline.set_mode(mode, echo);
    return echo;
}

TEST(LineDiscipline, RawInputComesAsTyped) {
    LineDiscipline discipline;
    EXPECT_EQ(type(discipline, "a\r\x04\x7f"), "");
    EXPECT_TRUE(discipline.readable());
    EXPECT_EQ(discipline.take(2), "a\r");
    EXPECT_EQ(discipline.take(100), "\x04\x7f");
    EXPECT_FALSE(discipline.readable());
}

TEST(LineDiscipline, LinesAreShownAndCorrected) {
    LineDiscipline discipline;
    set_mode(discipline, Mode::edited);
    EXPECT_EQ(type(discipline, "helk\x7flo"), "helk\b \blo");
    EXPECT_FALSE(discipline.readable());
    type(discipline, "\r");
    EXPECT_EQ(discipline.take(100), "hello\n");

    EXPECT_EQ(type(discipline, "ab\x15"
                               "c d e\x17\x17\n"),
              "ab\b \b\b \bc d e\b \b\b \b\b \b\n");
    EXPECT_EQ(discipline.take(100), "c \n");
    EXPECT_EQ(type(discipline, "x\xc3\xa4\x7f\x7f\x7f\n"), "x\xc3\xa4\b \b\b \b\n"); // ä is one character
    EXPECT_EQ(discipline.take(100), "\n");
    EXPECT_EQ(type(discipline, "\x01\x1b"), ""); // control characters mean nothing in a line
}

TEST(LineDiscipline, ReadersGetOneLineAtATime) {
    LineDiscipline discipline;
    set_mode(discipline, Mode::edited);
    type(discipline, "one\ntwo\nthr");
    EXPECT_EQ(discipline.take(2), "on");
    EXPECT_EQ(discipline.take(100), "e\n");
    EXPECT_EQ(discipline.take(100), "two\n");
    EXPECT_FALSE(discipline.readable());
    set_mode(discipline, Mode::raw); // what was typed ahead is the next reader's
    EXPECT_EQ(discipline.take(100), "thr");
}

TEST(LineDiscipline, WhatWasTypedAheadIsEditedOnce) {
    LineDiscipline discipline;
    type(discipline, "ax\x7f");
    EXPECT_EQ(set_mode(discipline, Mode::edited), "ax\b \b");
    EXPECT_EQ(type(discipline, "b\r"), "b\n");
    set_mode(discipline, Mode::raw);
    type(discipline, "c\rd");
    EXPECT_EQ(discipline.take(1), "a");
    EXPECT_EQ(set_mode(discipline, Mode::edited), "c\nd") << "what was shown before is not shown again";
    EXPECT_EQ(discipline.take(100), "b\n");
    EXPECT_EQ(discipline.take(100), "c\n");
    EXPECT_FALSE(discipline.readable());
    set_mode(discipline, Mode::raw);
    type(discipline, "xyz");
    EXPECT_EQ(discipline.take(3), "dxy");
    EXPECT_EQ(set_mode(discipline, Mode::edited), "z");
    type(discipline, "\x04");
    EXPECT_EQ(discipline.take(100), "z");
}

TEST(LineDiscipline, WhatNobodyGotIsStillThere) {
    LineDiscipline discipline;
    static_cast<void>(set_mode(discipline, Mode::edited));
    type(discipline, "one\ntwo\n\x04");
    discipline.put_back(discipline.take(2));
    EXPECT_EQ(discipline.take(100), "one\n");
    EXPECT_EQ(discipline.take(100), "two\n");
    discipline.put_back(discipline.take(100));
    EXPECT_TRUE(discipline.readable()) << "the end of the input as well";
}

TEST(LineDiscipline, ControlDEndsInputOnce) {
    LineDiscipline discipline;
    set_mode(discipline, Mode::edited);
    type(discipline, "part\x04");
    EXPECT_EQ(discipline.take(100), "part");
    EXPECT_FALSE(discipline.readable());
    type(discipline, "\x04");
    EXPECT_TRUE(discipline.readable());
    EXPECT_EQ(discipline.take(100), "");
    EXPECT_FALSE(discipline.readable());
}

TEST(LineDiscipline, AnInterruptForgetsWhatWasTyped) {
    LineDiscipline discipline;
    set_mode(discipline, Mode::edited);
    type(discipline, "one\ntw");
    std::string echo;
    discipline.interrupt(echo);
    EXPECT_EQ(echo, "^C\n");
    EXPECT_FALSE(discipline.readable());
    type(discipline, "x\n");
    EXPECT_EQ(discipline.take(100), "x\n");
}

TEST(LineDiscipline, HoldsNoMoreThanItMay) {
    LineDiscipline discipline;
    u64 taken = 0;
    std::string echo;
    for (; discipline.has_room(); ++taken)
        discipline.feed('x', echo);
    EXPECT_EQ(taken, LineDiscipline::most_waiting);
}

// ---- keys
// ---------------------------------------------------------------------------------------------------

constexpr u8 key_1 = 2, key_e = 18, key_y = 21, key_q = 16, key_a = 30, left_control = 29, left_shift = 42,
             left_alt = 56, caps_lock = 58, f2 = 60, num_lock = 69, keypad_8 = 72, alt_graph = 100, up = 103,
             page_up = 104, key_c = 46, equal = 13;

/// The character that a key gives, or 0.
char32_t press(Keyboard& keyboard, u8 key) {
    const KeyAction action = keyboard.feed(key, true);
    static_cast<void>(keyboard.feed(key, false));
    const auto* typed = std::get_if<TypedCharacter>(&action);
    return typed ? typed->character : U'\0';
}

TEST(Keyboard, LettersShiftAndLocks) {
    Keyboard keyboard;
    EXPECT_EQ(press(keyboard, key_a), U'a');
    static_cast<void>(keyboard.feed(left_shift, true));
    EXPECT_EQ(press(keyboard, key_a), U'A');
    EXPECT_EQ(press(keyboard, key_1), U'!');
    static_cast<void>(keyboard.feed(left_shift, false));
    static_cast<void>(keyboard.feed(caps_lock, true));
    press(keyboard, caps_lock); // it repeats while it is held
    EXPECT_EQ(keyboard.lights(), 2 | 4);
    EXPECT_EQ(press(keyboard, key_a), U'A');
    EXPECT_EQ(press(keyboard, key_1), U'1'); // no letter
    press(keyboard, caps_lock);
    EXPECT_EQ(press(keyboard, keypad_8), U'8');
    press(keyboard, num_lock);
    EXPECT_EQ(keyboard.lights(), 0);
    EXPECT_EQ(std::get<TypedKey>(keyboard.feed(keypad_8, true)).key, SpecialKey::up);
}

TEST(Keyboard, KeymapsOfFourCountries) {
    Keyboard keyboard;
    ASSERT_TRUE(keyboard.choose("de"));
    EXPECT_EQ(press(keyboard, key_y), U'z');
    EXPECT_EQ(press(keyboard, 39), U'ö');
    static_cast<void>(keyboard.feed(alt_graph, true));
    EXPECT_EQ(press(keyboard, key_q), U'@');
    static_cast<void>(keyboard.feed(alt_graph, false));
    ASSERT_TRUE(keyboard.choose("fr"));
    EXPECT_EQ(press(keyboard, key_q), U'a');
    EXPECT_EQ(press(keyboard, key_1), U'&');
    ASSERT_TRUE(keyboard.choose("uk"));
    static_cast<void>(keyboard.feed(left_shift, true));
    EXPECT_EQ(press(keyboard, 4), U'£');
    static_cast<void>(keyboard.feed(left_shift, false));
    ASSERT_TRUE(keyboard.choose("us"));
    EXPECT_FALSE(keyboard.choose("xx"));
    EXPECT_EQ(press(keyboard, key_y), U'y'); // as before
}

TEST(Keyboard, DeadKeysWaitForTheirCharacter) {
    Keyboard keyboard;
    ASSERT_TRUE(keyboard.choose("de"));
    EXPECT_EQ(press(keyboard, equal), U'\0'); // an acute accent
    EXPECT_EQ(press(keyboard, key_e), U'é');
    EXPECT_EQ(press(keyboard, key_e), U'e');
}

TEST(Keyboard, OtherKeysAndTerminals) {
    Keyboard keyboard;
    EXPECT_EQ(std::get<TypedKey>(keyboard.feed(up, true)).key, SpecialKey::up);
    EXPECT_EQ(std::get<TypedKey>(keyboard.feed(f2, true)).number, 2u);
    static_cast<void>(keyboard.feed(left_alt, true));
    EXPECT_EQ(std::get<SwitchTerminal>(keyboard.feed(f2, true)).number, 2u);
    static_cast<void>(keyboard.feed(left_alt, false));
    static_cast<void>(keyboard.feed(left_shift, true));
    EXPECT_EQ(std::get<ScrollView>(keyboard.feed(page_up, true)).pages, 1);
    static_cast<void>(keyboard.feed(left_shift, false));
    static_cast<void>(keyboard.feed(left_control, true));
    EXPECT_TRUE(std::get<TypedCharacter>(keyboard.feed(key_c, true)).modifiers.control);
    for (int key = 0; key < 256; ++key)
        static_cast<void>(keyboard.feed(static_cast<u8>(key), true)); // whatever a driver says
}

// ---- the picture
// --------------------------------------------------------------------------------------------

/// A font of 8 by 8 points: glyph N has N in every line.
class SmallScreen : public testing::Test {
  protected:
    static constexpr u32 columns = 20, rows = 4;
    SmallScreen() {
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

TEST_F(SmallScreen, ShowsTextWhereTheCursorIs) {
    emulator_.write("\x1b[?25lhello\r\n\x1b[3;4Hthere\x1b[1;1HJ");
    EXPECT_TRUE(emulator_.changed());
    EXPECT_EQ(line(0), "Jello");
    EXPECT_EQ(line(2), "   there");
    EXPECT_FALSE(emulator_.changed());
}

TEST_F(SmallScreen, ScrollsAndKeepsWhatLeaves) {
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

TEST_F(SmallScreen, ScrollRegionsKeepTheRest) {
    emulator_.write("\x1b[?25ltop\x1b[4;1Hbottom\x1b[2;3r\x1b[2;1Hone\r\ntwo\r\nthree");
    EXPECT_EQ(line(0), "top");
    EXPECT_EQ(line(1), "two");
    EXPECT_EQ(line(2), "three");
    EXPECT_EQ(line(3), "bottom");
}

TEST_F(SmallScreen, ColoursAndReverse) {
    emulator_.write("\x1b[?25l\x1b[44ma\x1b[0m\x1b[7mb");
    emulator_.paint(*canvas_);
    u32 corner;
    std::memcpy(&corner, pixels_.data(), 4); // of `a`, whose highest bit is not set: its background
    EXPECT_EQ(corner & 0xff, 0xe0u);         // libvterm's blue
    EXPECT_EQ(at(0, 0, corner), 'a');
    EXPECT_EQ(at(0, 1, 0xd8d8d8), 'b');
}

TEST_F(SmallScreen, KeysBecomeWhatProgramsExpect) {
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

TEST_F(SmallScreen, AnyBytesAreSurvived) {
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

} // namespace
} // namespace pith::os::console
