// What the shell's editor makes of a line that is longer than a row, on the screen's own terminal.
#include "programs/shell/editor.h"
#include "servers/console/text_screen.h"

#include <gtest/gtest.h>

namespace pith::shell {
namespace {

using os::console::EscapeParser;
using os::console::Grid;
using os::console::TextScreen;

constexpr u32 rows = 40, columns = 10;
constexpr std::string_view prompt = "pith:/> ";

struct Told {
    TextScreen screen{rows, columns};
    EscapeParser parser{screen};
};

class ShellEditorOnScreen : public testing::Test {
  protected:
    ShellEditorOnScreen() {
        editor_.set_columns(columns);
        std::string out;
        editor_.start(prompt, out);
        told_.parser.write(out);
    }
    void type(std::string_view keys) {
        std::string out;
        for (const char c : keys)
            static_cast<void>(editor_.feed(c, out));
        told_.parser.write(out);
    }
    /// The screen shows prompt and line as if they had been written at once, and the cursor is where it
    /// belongs.
    void expect(std::string_view text) {
        Told other;
        other.parser.write(std::string{prompt}.append(text));
        for (u32 row = 0; row < rows; ++row)
            ASSERT_EQ(told_.screen.grid().line(row), other.screen.grid().line(row))
                << text << ", row " << row;
        const TextPlace place = place_behind(std::string{prompt}.append(editor_.before_cursor()), columns);
        const auto& cursor = told_.screen.cursor();
        ASSERT_EQ((TextPlace{cursor.row, cursor.column}), place) << text;
    }

    LineEditor editor_;
    Told told_;
};

TEST_F(ShellEditorOnScreen, LinesGoOnInTheNextRow) {
    type("ab");
    expect("ab"); // a full row
    type("c");
    expect("abc");
    type("\x1b[D\x1b[D\x1b[D");
    expect("abc");
    type("0123456789");
    expect("0123456789abc");
    type("\x1b[H");
    expect("0123456789abc");
    type("\x1b[3~");
    expect("123456789abc");
    type("\x05\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f");
    expect("12");
    type("日本語日本語\x1b[D\x1b[D\x7f");
    expect("12日本語本語");
    type("\x15");
    expect("本語");
}

TEST_F(ShellEditorOnScreen, OtherLinesTakeItsPlace) {
    editor_.remember("a short one");
    editor_.remember("one that takes some more rows than one");
    type("new\x1b[A");
    expect("one that takes some more rows than one");
    type("\x1b[H\x1b[A");
    expect("a short one");
    type("\x1b[B\x1b[D\x1b[D\x1b[B");
    expect("new");
}

TEST_F(ShellEditorOnScreen, WhatComesBehindItStandsBelow) {
    type("0123456789abcdef\x1b[H");
    std::string out;
    EXPECT_EQ(editor_.feed('\r', out), LineEditor::Event::line);
    told_.parser.write(out);
    EXPECT_EQ(told_.screen.cursor().row, 3u);
}

TEST_F(ShellEditorOnScreen, NamesToChooseFromStandBelow) {
    type("0123456789abcdef\x1b[H");
    std::string out;
    editor_.show({"one", "two"}, out);
    told_.parser.write("\x1b[20h" + out); // as the console has it, where each line begins in the first column
    EXPECT_EQ(told_.screen.grid().at(2, 0).character, U'c');
    EXPECT_EQ(told_.screen.grid().at(3, 0).character, U'o');
    EXPECT_EQ(told_.screen.grid().at(4, 0).character, U'p');
    EXPECT_EQ(told_.screen.cursor().row, 4u);
    EXPECT_EQ(told_.screen.cursor().column, 8u);
}

TEST_F(ShellEditorOnScreen, WhateverIsTyped) {
    static constexpr std::array<std::string_view, 22> keys{
        "a",        "b",      "c",      "日",     "ä",      "e\u0301", " ",       "x",
        "\x1b[D",   "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[F", "\x7f",    "\x1b[3~", "0123456789",
        "本語本語", "\x17",   "\x1b[A", "\x1b[B", "yz",     "\x0b"};
    editor_.remember("a line of an earlier time, which is long");
    editor_.remember("日本語日本語日本語");
    u64 seed = 3;
    for (int i = 0; i < 3000; ++i) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        type(keys[(seed >> 33) % keys.size()]);
        const std::string before{editor_.before_cursor()};
        if (before.size() > 150) type("\x15");
        expect(editor_.line());
        if (HasFatalFailure()) return;
    }
}

} // namespace
} // namespace pith::shell
