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

TEST(LineDiscipline, KeysThatAreNoCharactersMeanNothingInALine) {
    LineDiscipline discipline;
    set_mode(discipline, Mode::edited);
    EXPECT_EQ(type(discipline, "a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1b[3~e"), "abcde");
    EXPECT_EQ(type(discipline, "\x1b"
                               "f\x1b\x1b[Bg"),
              "fg")
        << "Alt and a letter is the letter";
    EXPECT_EQ(type(discipline, "\x1b[\x7f\x1b[1\r"), "\b \b\n") << "one that breaks off";
    EXPECT_EQ(discipline.take(100), "abcdef\n");
    EXPECT_EQ(type(discipline, "\x1b\r"), "\n");
}

TEST(LineDiscipline, WideCharactersAndMarksAreTakenBackWhole) {
    LineDiscipline discipline;
    set_mode(discipline, Mode::edited);
    EXPECT_EQ(type(discipline, "a日\x7f"), "a日\b\b  \b\b");
    EXPECT_EQ(type(discipline, "e\u0301\x7f"), "e\u0301\b \b");
    EXPECT_EQ(type(discipline, "\x7f\u0301\x7f"), "\b \b\u0301") << "a mark alone takes no cell";
    EXPECT_EQ(type(discipline, "\xe2\x82\x7f"), "\xe2\x82\b \b") << "what is no character takes one";
    EXPECT_EQ(type(discipline, "a\xce\xe2\x7f\xa4\x7f\x7f"), "a\xce\xe2\b \b\b \b\xa4\b \b\b \b")
        << "what is taken back does not become a part of what follows";
    EXPECT_EQ(type(discipline, "本語\x15"), "本語\b\b  \b\b\b\b  \b\b");
    EXPECT_EQ(type(discipline, "ö\n"), "ö\n");
    EXPECT_EQ(discipline.take(100), "ö\n");
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

TEST(LineDiscipline, WhatStandsBehindEnterIsForTheProgramThatTheLineStarts) {
    LineDiscipline discipline;
    type(discipline, "cat\rax\x7f\rls\r");
    EXPECT_EQ(discipline.take(100), "cat\r");
    EXPECT_EQ(set_mode(discipline, Mode::edited), "ax\b \b\nls\n");
    EXPECT_EQ(discipline.take(100), "a\n");
    set_mode(discipline, Mode::raw);
    EXPECT_EQ(discipline.take(100), "ls\n");
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
             left_alt = 56, caps_lock = 58, f2 = 60, num_lock = 69, scroll_lock = 70, keypad_8 = 72,
             right_alt = 100, up = 103, page_up = 104, key_c = 46;

/// The character that a key gives, or 0.
char32_t press(Keyboard& keyboard, u8 key) {
    const KeyAction action = keyboard.feed(key, true).front();
    static_cast<void>(keyboard.feed(key, false));
    const auto* typed = std::get_if<TypedCharacter>(&action);
    return typed ? typed->character : U'\0';
}
template <class Action>
Action act(Keyboard& keyboard, u8 key) {
    return std::get<Action>(keyboard.feed(key, true).front());
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
    EXPECT_EQ(act<TypedKey>(keyboard, keypad_8).key, SpecialKey::up);
}

TEST(Keyboard, KeymapsOfFourCountries) {
    Keyboard keyboard;
    ASSERT_TRUE(keyboard.choose("de"));
    EXPECT_EQ(press(keyboard, key_y), U'z');
    EXPECT_EQ(press(keyboard, 39), U'ö');
    static_cast<void>(keyboard.feed(right_alt, true));
    EXPECT_EQ(press(keyboard, key_q), U'@');
    static_cast<void>(keyboard.feed(right_alt, false));
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

/// What somebody types, by the names of keys on a US keyboard; `^` holds Shift for the next one, `~` the
/// right Alt. Enter is `\n`, Backspace `\b`, everything else that is no character `…`.
std::u32string type(std::string_view keymap, std::string_view keys) {
    static constexpr std::string_view names =
        "\0\0"
        "1234567890-=\b\0qwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
    static constexpr std::string_view all{names.data(), 58};
    Keyboard keyboard;
    EXPECT_TRUE(keyboard.choose(keymap));
    std::u32string typed;
    for (const char name : keys) {
        if (name == '^' || name == '~') {
            static_cast<void>(keyboard.feed(name == '^' ? left_shift : right_alt, true));
            continue;
        }
        for (const KeyAction& action : keyboard.feed(static_cast<u8>(all.find(name)), true)) {
            if (const auto* character = std::get_if<TypedCharacter>(&action))
                typed += character->character;
            else if (const auto* key = std::get_if<TypedKey>(&action))
                typed += key->key == SpecialKey::enter       ? U'\n'
                         : key->key == SpecialKey::backspace ? U'\b'
                                                             : U'…';
        }
        static_cast<void>(keyboard.feed(left_shift, false));
        static_cast<void>(keyboard.feed(right_alt, false));
    }
    return typed;
}

struct Typed {
    std::string_view keymap, keys;
    std::u32string_view characters;
};

TEST(Keyboard, DeadKeysGoWithWhatFollows) {
    static constexpr std::array cases{
        // German: = is ´, ` is ^, and ] with AltGr is ~
        Typed{"de", "=e=^e=a=i=o=u", U"éÉáíóú"},
        Typed{"de", "^=a^=e^=u", U"àèù"},
        Typed{"de", "`e`^a`o", U"êÂô"},
        Typed{"de", "~]n~]^n~]o", U"ñÑõ"},
        Typed{"de", "= ^= ` ~] ", U"´`^~"},
        Typed{"de", "=q`xe", U"´q^xe"},
        Typed{"de", "==``~]~]", U"´^~"},
        Typed{"de", "=`e", U"´ê"},
        Typed{"de", "=\n`\ba", U"´\na"},
        Typed{"de", "=1", U"´1"},
        // French: [ is ^, with Shift ¨, with AltGr ~; 7 with AltGr `, 1 with AltGr ´
        Typed{"fr", "[e[q[i[o[u", U"êâîôû"},
        Typed{"fr", "^[e^[i^[u^[^e", U"ëïüË"},
        Typed{"fr", "~[n~7q~1e", U"ñàé"},
        Typed{"fr", "[ ^[ ~[ ~7 ~1 ", U"^¨~`´"},
        Typed{"fr", "[k^[s", U"^k¨s"},
        Typed{"fr", "[[", U"^"},
        Typed{"fr", "`^`", U"œŒ"},
        Typed{"fr", "27890", U"éè_çà"},
        Typed{"fr", "~0~3~4~8", U"@#{\\"},
        // Extended British: ` is one, others with AltGr
        Typed{"uk-extended", "`a~2u~6e~'e~\\n", U"àüêéñ"},
        Typed{"uk-extended", "` ~2 ~6 ~' ~\\ ", U"`¨^´~"},
        Typed{"uk-extended", "`t~6z", U"`t^z"},
        Typed{"uk-extended", "~4~e~^e", U"€éÉ"},
        // British and American ones have none
        Typed{"uk", "`a^6e", U"`a^e"},
        Typed{"uk", "~4~`~a~^o", U"€¦áÓ"},
        Typed{"us", "`a^6e'e", U"`a^e'e"},
    };
    for (const Typed& each : cases) {
        const std::u32string typed = type(each.keymap, each.keys);
        EXPECT_EQ(typed, each.characters) << each.keymap << ' ' << each.keys;
    }
}

TEST(Keyboard, TheRightAltIsTheThirdLevelWhereThereIsOne) {
    for (const std::string_view name : {"us", "uk", "uk-extended", "de", "fr"}) {
        Keyboard keyboard;
        ASSERT_TRUE(keyboard.choose(name));
        static_cast<void>(keyboard.feed(right_alt, true));
        const KeyAction function = keyboard.feed(f2, true).front();
        EXPECT_EQ(std::holds_alternative<SwitchTerminal>(function), name == "us") << name;
    }
    Keyboard keyboard;
    static_cast<void>(keyboard.feed(right_alt, true));
    EXPECT_TRUE(act<TypedCharacter>(keyboard, key_e).modifiers.alt);
    ASSERT_TRUE(keyboard.choose("de"));
    EXPECT_FALSE(act<TypedCharacter>(keyboard, key_e).modifiers.alt);
}

TEST(Keyboard, ControlMakesDeadKeysCharacters) {
    Keyboard keyboard;
    ASSERT_TRUE(keyboard.choose("de"));
    static_cast<void>(keyboard.feed(left_control, true));
    const auto typed = act<TypedCharacter>(keyboard, 41);
    EXPECT_EQ(typed.character, U'^');
    EXPECT_TRUE(typed.modifiers.control);
}

TEST(Keyboard, ScrollLockHoldsOutputOnceForEachPress) {
    Keyboard keyboard;
    for (int press = 0; press < 2; ++press) {
        EXPECT_TRUE(std::holds_alternative<HoldOutput>(keyboard.feed(scroll_lock, true).front()));
        EXPECT_TRUE(std::holds_alternative<std::monostate>(keyboard.feed(scroll_lock, true).front()))
            << "repeated";
        static_cast<void>(keyboard.feed(scroll_lock, false));
    }
    EXPECT_EQ(keyboard.lights(), 2);
}

TEST(Keyboard, OtherKeysAndTerminals) {
    Keyboard keyboard;
    EXPECT_EQ(act<TypedKey>(keyboard, up).key, SpecialKey::up);
    EXPECT_EQ(act<TypedKey>(keyboard, f2).number, 2u);
    static_cast<void>(keyboard.feed(left_alt, true));
    EXPECT_EQ(act<SwitchTerminal>(keyboard, f2).number, 2u);
    static_cast<void>(keyboard.feed(left_alt, false));
    static_cast<void>(keyboard.feed(left_shift, true));
    EXPECT_EQ(act<ScrollView>(keyboard, page_up).pages, 1);
    static_cast<void>(keyboard.feed(left_shift, false));
    static_cast<void>(keyboard.feed(left_control, true));
    EXPECT_TRUE(act<TypedCharacter>(keyboard, key_c).modifiers.control);
    for (int key = 0; key < 256; ++key)
        static_cast<void>(keyboard.feed(static_cast<u8>(key), true)); // whatever a driver says
}

} // namespace
} // namespace pith::os::console
