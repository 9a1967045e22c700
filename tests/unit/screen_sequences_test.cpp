// What a terminal does when it is told something: text goes in, rows, cursor and answers are compared with
// what xterm and Linux's console define.
#include "screen_terminal.h"

#include <gtest/gtest.h>

namespace pith::os::console {
namespace {

struct Shown {
    std::string_view what, text, rows, cursor;
};

void expect(std::span<const Shown> cases) {
    for (const Shown& each : cases) {
        const SmallTerminal terminal{each.text};
        EXPECT_EQ(terminal.text(), each.rows) << each.what;
        EXPECT_EQ(terminal.cursor(), each.cursor) << each.what;
    }
}

/// Four rows, so that each can be told from the others.
#define ROWS "one\r\ntwo\r\nthree\r\nfour"

TEST(Sequences, MoveTheCursor) {
    static constexpr std::array cases{
        Shown{"CUP", CSI "2;3HX", "|  X", "2;4"},
        Shown{"CUP without numbers", "ab" CSI "HX", "Xb", "1;2"},
        Shown{"CUP with zeros", "ab" CSI "0;0HX", "Xb", "1;2"},
        Shown{"CUP beyond the edges", CSI "99;99HX", "|||         X", "4;10"},
        Shown{"HVP", CSI "3;2fX", "|| X", "3;3"},
        Shown{"CUU", CSI "3;3H" CSI "AX", "|  X", "2;4"},
        Shown{"CUU as far as there is", CSI "3;3H" CSI "9AX", "  X", "1;4"},
        Shown{"CUD", CSI "2BX", "||X", "3;2"},
        Shown{"CUD by 2 to the 31", CSI "2147483648BX", "|||X", "4;2"},
        Shown{"CUD by more than any number", CSI "99999999999999999999999999BX", "|||X", "4;2"},
        Shown{"CUF", CSI "3CX", "   X", "1;5"},
        Shown{"CUF as far as there is", CSI "4294967295CX", "         X", "1;10"},
        Shown{"CUB", "abc" CSI "2DX", "aXc", "1;3"},
        Shown{"CUB as far as there is", "abc" CSI "2147483647DX", "Xbc", "1;2"},
        Shown{"CNL", "abc" CSI "2EX", "abc||X", "3;2"},
        Shown{"CPL", CSI "4;5H" CSI "2FX", "|X", "2;2"},
        Shown{"CHA", "abc" CSI "2GX", "aXc", "1;3"},
        Shown{"HPA", "abc" CSI "5`X", "abc X", "1;6"},
        Shown{"HPR", "a" CSI "2aX", "a  X", "1;5"},
        Shown{"VPA", "a" CSI "3dX", "a|| X", "3;3"},
        Shown{"VPR", "a" CSI "2eX", "a|| X", "3;3"},
        Shown{"CR, LF, BS", "ab\rc\nd\b\be", "cb|ed", "2;2"},
        Shown{"VT and FF are line feeds", "a\vb\fc", "a| b|  c", "3;4"},
        Shown{"LNM", CSI "20ha\nb" CSI "20l\nc", "a|b| c", "3;3"},
        Shown{"NEL, IND, RI",
              "a\x1b"
              "Eb\x1b"
              "Dc\x1bMd",
              "a|b d| c", "2;4"},
        Shown{"C1 as one character", "a\u0085b\u0084c\u008dd\u009b1;9HX", "a       X|b d| c", "1;10"},
        Shown{"a byte of C1 alone is none",
              "a\x85"
              "b",
              "a\ufffd"
              "b",
              "1;4"},
    };
    expect(cases);
}

TEST(Sequences, WrapLines) {
    static constexpr std::array cases{
        Shown{"a full line waits", "0123456789", "0123456789", "1;10"},
        Shown{"until there is more", "0123456789a", "0123456789|a", "2;2"},
        Shown{"CR does away with that", "0123456789\ra", "a123456789", "1;2"},
        Shown{"and so does moving", "0123456789" CSI "Ca", "012345678a", "1;10"},
        Shown{"and erasing", "0123456789" CSI "Ka", "012345678a", "1;10"},
        Shown{"LF stays in its column", "0123456789\na", "0123456789|         a", "2;10"},
        Shown{"DECAWM off", CSI "?7l0123456789ab", "012345678b", "1;10"},
        Shown{"DECAWM on again", CSI "?7l0123456789" CSI "?7ha", "012345678a", "1;10"},
        Shown{"at the end of the screen", CSI "4;1H0123456789ab", "||0123456789|ab", "4;3"},
        Shown{"wide ones that do not fit", "012345678日a", "012345678|日a", "2;4"},
        Shown{"wide ones without DECAWM", CSI "?7l012345678日", "01234567日", "1;10"},
    };
    expect(cases);
}

TEST(Sequences, Erase) {
    static constexpr std::array cases{
        Shown{"ED 0", ROWS CSI "2;2H" CSI "J", "one|t", "2;2"},
        Shown{"ED 1", ROWS CSI "2;2H" CSI "1J", "|  o|three|four", "2;2"},
        Shown{"ED 2", ROWS CSI "2;2H" CSI "2J", "", "2;2"},
        Shown{"DECSED", ROWS CSI "2;2H" CSI "?J", "one|t", "2;2"},
        Shown{"ED of another kind", ROWS CSI "2;2H" CSI "4J", "one|two|three|four", "2;2"},
        Shown{"EL 0", "abcde" CSI "3G" CSI "K", "ab", "1;3"},
        Shown{"EL 1", "abcde" CSI "3G" CSI "1K", "   de", "1;3"},
        Shown{"EL 2", "abcde" CSI "3G" CSI "2K", "", "1;3"},
        Shown{"EL of another kind", "abcde" CSI "3G" CSI "3K", "abcde", "1;3"},
        Shown{"ECH", "abcde" CSI "2G" CSI "2X", "a  de", "1;2"},
        Shown{"ECH of more than there is", "abcde" CSI "2G" CSI "2147483647X", "a", "1;2"},
        Shown{"ICH", "abcde" CSI "2G" CSI "2@", "a  bcde", "1;2"},
        Shown{"ICH pushes over the edge", "0123456789" CSI "2G" CSI "@", "0 12345678", "1;2"},
        Shown{"ICH of more than there is", "abcde" CSI "2G" CSI "2147483647@", "a", "1;2"},
        Shown{"DCH", "abcde" CSI "2G" CSI "2P", "ade", "1;2"},
        Shown{"DCH of more than there is", "abcde" CSI "2G" CSI "2147483647P", "a", "1;2"},
        Shown{"IRM", "abc" CSI "2G" CSI "4hXY" CSI "4lZ", "aXYZc", "1;5"},
        Shown{"REP", "ab" CSI "3b", "abbbb", "1;6"},
        Shown{"REP of nothing", CSI "5b", "", "1;1"},
        Shown{"REP of a wide one", "日" CSI "2b", "日日日", "1;7"},
        Shown{"REP wraps", "a" CSI "10b", "aaaaaaaaaa|a", "2;2"},
        Shown{"REP of a mark that stood nowhere", "\u0301" CSI "5b", "", "1;1"},
        Shown{"DECALN", "\x1b#8", "EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE|EEEEEEEEEE", "1;1"},
    };
    expect(cases);
}

TEST(Sequences, ScrollRegions) {
    static constexpr std::array cases{
        Shown{"LF at the end of the screen", ROWS "\nX", "two|three|four|    X", "4;6"},
        Shown{"DECSTBM moves the cursor home", ROWS CSI "2;3r", "one|two|three|four", "1;1"},
        Shown{"LF at the end of the region", ROWS CSI "2;3r" CSI "3;1H\nX", "one|three|X|four", "3;2"},
        Shown{"LF below it", ROWS CSI "2;3r" CSI "4;1H\nX", "one|two|three|Xour", "4;2"},
        Shown{"RI at its start", ROWS CSI "2;3r" CSI "2;1H\x1bMX", "one|X|two|four", "2;2"},
        Shown{"RI above it", ROWS CSI "2;3r" CSI "1;1H\x1bMX", "Xne|two|three|four", "1;2"},
        Shown{"SU", ROWS CSI "2;3r" CSI "S", "one|three||four", "1;1"},
        Shown{"SU of more than there is", ROWS CSI "2147483647S", "", "4;5"},
        Shown{"SD", ROWS CSI "2;3r" CSI "T", "one||two|four", "1;1"},
        Shown{"SD with five numbers is none", ROWS CSI "1;2;3;4;5T", "one|two|three|four", "4;5"},
        Shown{"IL", ROWS CSI "2;3r" CSI "2;2H" CSI "LX", "one|X|two|four", "2;2"},
        Shown{"IL of more than there is", ROWS CSI "2;2H" CSI "2147483647L", "one", "2;1"},
        Shown{"IL outside of it", ROWS CSI "2;3r" CSI "4;2H" CSI "LX", "one|two|three|fXur", "4;3"},
        Shown{"DL", ROWS CSI "2;3r" CSI "2;2H" CSI "MX", "one|Xhree||four", "2;2"},
        Shown{"DL outside of it", ROWS CSI "2;3r" CSI "1;2H" CSI "MX", "oXe|two|three|four", "1;3"},
        Shown{"CUU stops at its edge", CSI "2;3r" CSI "3;1H" CSI "9AX", "|X", "2;2"},
        Shown{"CUU from above it", CSI "2;3r" CSI "1;1H" CSI "9AX", "X", "1;2"},
        Shown{"CUD stops at its edge", CSI "2;3r" CSI "2;1H" CSI "9BX", "||X", "3;2"},
        Shown{"CUD from below it", CSI "2;3r" CSI "4;1H" CSI "9BX", "|||X", "4;2"},
        Shown{"DECOM counts from it", CSI "2;3r" CSI "?6hX" CSI "2;2HY" CSI "9;1HZ", "|X|ZY", "3;2"},
        Shown{"DECOM off", CSI "2;3r" CSI "?6h" CSI "?6lX", "X", "1;2"},
        Shown{"no region of one row", ROWS CSI "3;3r\nX", "two|three|four|    X", "4;6"},
        Shown{"nor upside down", ROWS CSI "3;2r\nX", "two|three|four|    X", "4;6"},
        Shown{"to the end where there is no number", ROWS CSI "3r" CSI "4;1H\nX", "one|two|four|X", "4;2"},
        Shown{"beyond the end", ROWS CSI "2;99r" CSI "4;1H\nX", "one|three|four|X", "4;2"},
        Shown{"and back", ROWS CSI "2;3r" CSI "r" CSI "4;1H\nX", "two|three|four|X", "4;2"},
    };
    expect(cases);
}

TEST(Sequences, SaveAndSwitch) {
    static constexpr std::array cases{
        Shown{"DECSC, DECRC",
              "ab\x1b"
              "7" CSI "3;3HX\x1b"
              "8Y",
              "abY||  X", "1;4"},
        Shown{"DECRC of nothing",
              "ab\x1b"
              "8Y",
              "Yb", "1;2"},
        Shown{"DECSC with a full line",
              "0123456789\x1b"
              "7\r\x1b"
              "8a",
              "0123456789|a", "2;2"},
        Shown{"SCOSC, SCORC", "ab" CSI "s" CSI "3;3HX" CSI "uY", "abY||  X", "1;4"},
        Shown{"DECSC with character sets",
              "\x1b(0\x1b"
              "7\x1b(B\x1b"
              "8q",
              "─", "1;2"},
        Shown{"DECSC with DECOM",
              CSI "2;3r" CSI "?6h\x1b"
                  "7" CSI "?6l\x1b"
                  "8" CSI "1;1HX",
              "|X", "2;2"},
        Shown{"1049 shows another screen", "ab" CSI "?1049hX", "  X", "1;4"},
        Shown{"and then the first one", "ab" CSI "?1049hX" CSI "3;3HY" CSI "?1049lZ", "abZ", "1;4"},
        Shown{"1049 begins with nothing", "ab" CSI "?1049hX" CSI "?1049l" CSI "?1049h", "", "1;3"},
        Shown{"47 keeps what was there", "ab" CSI "?47hX" CSI "?47l" CSI "?47h", "  X", "1;4"},
        Shown{"1047 does not", "ab" CSI "?1047hX" CSI "?1047l" CSI "?1047h", "", "1;4"},
        Shown{"1048 is the cursor alone", "ab" CSI "?1048hX" CSI "?1048lY", "abY", "1;4"},
        Shown{"some modes at once", "ab" CSI "?25;1049hX", "  X", "1;4"},
    };
    expect(cases);
}

TEST(Sequences, Tabs) {
    static constexpr std::array cases{
        Shown{"every eight columns", "a\tb", "a       b", "1;10"},
        Shown{"not beyond the edge", "a\t\t\tb", "a        b", "1;10"},
        Shown{"HTS", "abc\x1bH\r\tX", "abcX", "1;5"},
        Shown{"TBC", "\t" CSI "g\r\tX", "         X", "1;10"},
        Shown{"TBC of all", "abc\x1bH" CSI "3g\r\tX", "abc      X", "1;10"},
        Shown{"CHT", "ab\x1bHcd\x1bH\r" CSI "2IX", "abcdX", "1;6"},
        Shown{"CBT", "abcdefghij" CSI "Zx", "abcdefghxj", "1;10"},
        Shown{"CBT to the edge", "abc" CSI "9Zx", "xbc", "1;2"},
    };
    expect(cases);
}

TEST(Sequences, CharacterSets) {
    static constexpr std::array cases{
        Shown{"line drawing", "\x1b(0lqk\x1b(Blqk", "┌─┐lqk", "1;7"},
        Shown{"G1 by SO and SI", "\x1b)0x\x0ex\x0fx", "x│x", "1;4"},
        Shown{"British", "\x1b(A#\x1b(B#", "£#", "1;3"},
        Shown{"SS2 for one", "\x1b*0\x1bNxx", "│x", "1;3"},
        Shown{"SS3 for one", "\x1b+0\x1bOxx", "│x", "1;3"},
        Shown{"LS2", "\x1b*0\x1bnx", "│", "1;2"},
        Shown{"others are as they are", "\x1b(0Aä日", "Aä日", "1;5"},
        Shown{"a set that is not known is ASCII", "\x1b(0\x1b(Kq", "q", "1;2"},
        Shown{"UTF-8 on and off change nothing", "\x1b%G\x1b%@ä", "ä", "1;2"},
    };
    expect(cases);
}

TEST(Sequences, CharactersOfUnicode) {
    static constexpr std::array cases{
        Shown{"two cells", "日本a", "日本a", "1;6"},
        Shown{"none: a mark", "e\u0301x", "éx", "1;3"},
        Shown{"two marks", "o\u0302\u0301", "ô", "1;2"},
        Shown{"a mark that is nowhere composed", "q\u0301x", "qx", "1;3"},
        Shown{"a mark of nothing", "\u0301x", "x", "1;2"},
        Shown{"a mark in the last column", "012345678e\u0301x", "012345678é|x", "2;2"},
        Shown{"a mark of a wide one", "日\u0301x", "日x", "1;4"},
        Shown{"what is not shown", "a\u200bb\ufe0fc", "abc", "1;4"},
        Shown{"bytes that are none", "a\xff\xe2\x82z", "a\ufffd\ufffdz", "1;5"},
        Shown{"a sequence in the midst of one", "\xe2\x82" CSI "5GX", "\ufffd   X", "1;6"},
        Shown{"the right half overwritten", "日本" CSI "2GX", " X本", "1;3"},
        Shown{"the left half overwritten", "日本" CSI "1GX", "X 本", "1;2"},
        Shown{"both, by a wide one", "日本" CSI "2G語", " 語", "1;4"},
        Shown{"EL from within", "日本" CSI "2G" CSI "K", "", "1;2"},
        Shown{"EL up to within", "日本" CSI "3G" CSI "1K", "", "1;3"},
        Shown{"ECH of a half", "日本x" CSI "2G" CSI "X", "  本x", "1;2"},
        Shown{"DCH of a half", "日本x" CSI "2G" CSI "P", " 本x", "1;2"},
        Shown{"ICH within", "日本x" CSI "2G" CSI "@", "   本x", "1;2"},
        Shown{"ICH over the edge", "01234567日" CSI "G" CSI "@", " 01234567", "1;1"},
    };
    expect(cases);
}

TEST(Sequences, WhatIsNotKnownIsLeftOut) {
    static constexpr std::array cases{
        Shown{"OSC to BEL",
              "a\x1b]0;title\x07"
              "b",
              "ab", "1;3"},
        Shown{"OSC to ST", "a\x1b]0;title\x1b\\b", "ab", "1;3"},
        Shown{"OSC to ST of one character",
              "a\u009d0;title\u009c"
              "b",
              "ab", "1;3"},
        Shown{"controls within are nothing",
              "a\x1b]0;t\ni\tt\x07"
              "b",
              "ab", "1;3"},
        Shown{"OSC to CAN",
              "a\x1b]0;title\x18"
              "b",
              "ab", "1;3"},
        Shown{"OSC to another sequence", "a\x1b]0;title" CSI "5Gb", "a   b", "1;6"},
        Shown{"OSC of Linux for its palette", "a\x1b]Pe123456b\x1b]Rc", "abc", "1;4"},
        Shown{"DCS", "a\x1bPq#0;2\x07\n\x1b\\b", "ab", "1;3"},
        Shown{"APC, PM and SOS", "a\x1b_x\x1b\\b\x1b^x\x1b\\c\x1bXx\x1b\\d", "abcd", "1;5"},
        Shown{"private sequences", "a" CSI ">4;2m" CSI "?7x" CSI "=1c" CSI "<ub", "ab", "1;3"},
        Shown{"what is between", "a" CSI "2 q" CSI "1\"q" CSI "1;2'zb", "ab", "1;3"},
        Shown{"what makes no sense", "a" CSI "1?2hb" CSI "3>Gc", "abc", "1;4"},
        Shown{"Linux's function keys", "a" CSI "[Ab", "ab", "1;3"},
        Shown{"escapes", "a\x1b=\x1b>\x1b<\x1b Fb\x1b#3c", "abc", "1;4"},
        Shown{"CAN and SUB end a sequence",
              "a" CSI "2\x18"
              "b" CSI "2\x1a"
              "c",
              "abc", "1;4"},
        Shown{"ESC begins a new one", "a" CSI "2" CSI "5Gb", "a   b", "1;6"},
        Shown{"controls within are done", "a" CSI "\n3\bCb", "a|   b", "2;5"},
        Shown{"NUL and DEL are nothing",
              std::string_view{"a\0\x7f"
                               "b",
                               4},
              "ab", "1;3"},
        Shown{"numbers that are too many", CSI "2;3;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;9HX", "|  X",
              "2;4"},
    };
    expect(cases);
    std::string long_one = CSI;
    for (int i = 0; i < 100'000; ++i)
        long_one += "1;";
    EXPECT_EQ(SmallTerminal{long_one + "HX"}.text(), "X");
    EXPECT_EQ(SmallTerminal{CSI + std::string(100'000, '7') + "GX"}.text(), "         X");
    EXPECT_EQ(SmallTerminal{"\x1b]" + std::string(100'000, 'x') + "\x07y"}.text(), "y");
    EXPECT_EQ(SmallTerminal{"\x1b" + std::string(100'000, ' ') + "Fy"}.text(), "y");
}

TEST(Sequences, AnswersAreGiven) {
    struct Answered {
        std::string_view what, text, answer;
    };
    static constexpr std::array cases{
        Answered{"DSR", CSI "5n", CSI "0n"},
        Answered{"CPR", CSI "2;3H" CSI "6n", CSI "2;3R"},
        Answered{"CPR of a full line", "0123456789" CSI "6n", CSI "1;10R"},
        Answered{"CPR with DECOM", CSI "2;3r" CSI "?6h" CSI "2;1H" CSI "6n", CSI "2;1R"},
        Answered{"DECXCPR", CSI "2;3H" CSI "?6n", CSI "?2;3R"},
        Answered{"DA", CSI "c", CSI "?62;22c"},
        Answered{"DA with 0", CSI "0c", CSI "?62;22c"},
        Answered{"DA with more", CSI "1c", ""},
        Answered{"DECID", "\x1bZ", CSI "?62;22c"},
        Answered{"DA of the second kind", CSI ">c", CSI ">1;0;0c"},
        Answered{"the size", CSI "18t", CSI "8;4;10t"},
        Answered{"bracketed paste is off", CSI "?2004$p", CSI "?2004;2$y"},
        Answered{"and can be on", CSI "?2004h" CSI "?2004$p", CSI "?2004;1$y"},
        Answered{"DECAWM is on", CSI "?7$p", CSI "?7;1$y"},
        Answered{"IRM is off", CSI "4$p", CSI "4;2$y"},
        Answered{"a mode that is not known", CSI "?99$p", CSI "?99;0$y"},
        Answered{"nobody asked", "abc\n\x07", ""},
    };
    for (const Answered& each : cases)
        EXPECT_EQ(SmallTerminal{each.text}.screen.answers(), each.answer) << each.what;
}

TEST(Sequences, ResetsMakeThingsAsTheyWere) {
    constexpr std::string_view mess =
        "\x1b(0" CSI "1;31;44m" CSI "2;3r" CSI "?6h" CSI "?7l" CSI "?25l" CSI "4h" CSI "?1h" CSI "3;3Hab";
    const SmallTerminal soft{std::string{mess} + CSI "!p"};
    EXPECT_EQ(soft.cursor(), "3;5") << "stays";
    EXPECT_EQ(soft.text(), "||  ▒␉");
    EXPECT_TRUE(soft.screen.modes().wraps && soft.screen.modes().cursor_visible);
    EXPECT_FALSE(soft.screen.modes().insert || soft.screen.modes().application_cursor ||
                 soft.screen.cursor().origin);
    EXPECT_EQ(soft.screen.cursor().pen.cell(U'x'), Pen{}.cell(U'x'));
    EXPECT_EQ(SmallTerminal{std::string{mess} + CSI "!p" CSI "4;1Hq\n"}.text(), "|  ▒␉|q")
        << "sets and region";

    const SmallTerminal hard{std::string{mess} + CSI "?5h" CSI "3g" CSI "?1049hX\x1b"
                                                     "c"};
    EXPECT_EQ(hard.cursor(), "1;1");
    EXPECT_EQ(hard.text(), "");
    EXPECT_FALSE(hard.screen.modes().reversed);
    EXPECT_EQ(hard.screen.cursor().pen.cell(U'x'), Pen{}.cell(U'x'));
    EXPECT_EQ(SmallTerminal{std::string{mess} + "\x1b"
                                                "c\tqabc"}
                  .text(),
              "        qa|bc")
        << "tabs, sets and DECAWM";
}

TEST(Sequences, LinesThatLeaveAreKept) {
    const auto kept = [](std::string_view text) {
        const SmallTerminal terminal{text};
        std::string all;
        for (const Grid::Line& line : terminal.screen.kept()) {
            for (const Cell& cell : line)
                all += utf8_of(cell.character).view();
            all += '|';
        }
        return all;
    };
    EXPECT_EQ(kept(ROWS "\r\nfive\nsix"), "one|two|");
    EXPECT_EQ(kept(ROWS CSI "3S"), "one|two|three|");
    EXPECT_EQ(kept(ROWS CSI "1;3r" CSI "3;1H\n"), "one|") << "from a region at the top, too";
    EXPECT_EQ(kept(ROWS CSI "2;4r" CSI "4;1H\n"), "") << "not from one below it";
    EXPECT_EQ(kept(ROWS CSI "?1049h\n\n\n"), "") << "nor from the other screen";
    EXPECT_EQ(kept(ROWS CSI "H" CSI "M" CSI "2J"), "") << "nor what is deleted";
    EXPECT_EQ(kept(ROWS "\n\n" CSI "3J"), "") << "ED 3 forgets them";
    std::string many;
    for (int i = 0; i < 2000; ++i)
        many += std::to_string(i) + "\r\n";
    EXPECT_EQ(SmallTerminal{many}.screen.kept().size(), TextScreen::most_lines_kept);
    TextScreen wide{rows, 1000};
    EscapeParser parser{wide};
    for (int i = 0; i < 100; ++i)
        parser.write(std::string(1000, 'x'));
    EXPECT_EQ(wide.kept().size(), TextScreen::most_cells_kept / 1000) << "no more of long ones";
    parser.write(CSI "3J");
    for (int i = 0; i < 10; ++i)
        parser.write(std::string(1000, 'x'));
    EXPECT_EQ(wide.kept().size(), 10u);
}

} // namespace
} // namespace pith::os::console
