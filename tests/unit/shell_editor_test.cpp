#include "programs/shell/editor.h"

#include <gtest/gtest.h>

namespace pith::shell {
namespace {

using Event = LineEditor::Event;

/// What a terminal shows in its one line after these bytes, and where its cursor is; understands what the
/// editor sends, and nothing else.
struct Screen {
    std::string line;
    std::size_t cursor = 0;

    void show(std::string_view out) {
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (out[i] == '\r')
                cursor = 0;
            else if (out[i] == '\n')
                line.clear(), cursor = 0;
            else if (out[i] == '\x1b')
                i = sequence(out, i + 2);
            else {
                line.resize(std::max(line.size(), cursor + 1), ' ');
                line[cursor++] = out[i];
            }
        }
    }
    std::size_t sequence(std::string_view out, std::size_t at) {
        std::size_t number = 0;
        for (; std::isdigit(out[at]); ++at)
            number = number * 10 + static_cast<std::size_t>(out[at] - '0');
        if (out[at] == 'K')
            line.resize(cursor);
        else if (out[at] == 'D')
            cursor -= number;
        else if (out[at] == 'J')
            line.clear();
        else if (out[at] == 'H')
            cursor = 0;
        return at;
    }
};

class ShellEditor : public testing::Test {
  protected:
    ShellEditor() { start(); }
    void start() {
        std::string out;
        editor_.start("> ", out);
        screen_ = {};
        screen_.show(out);
    }
    /// Returns the last event that was not `none`.
    Event type(std::string_view keys) {
        Event last = Event::none;
        for (const char c : keys) {
            std::string out;
            const Event event = editor_.feed(c, out);
            screen_.show(out);
            if (event != Event::none) last = event;
        }
        return last;
    }
    void expect_line(std::string_view keys, std::string_view text) {
        start();
        type(keys);
        EXPECT_EQ(screen_.line, "> " + std::string{text});
        EXPECT_EQ(type("\r"), Event::line);
        EXPECT_EQ(editor_.line(), text);
        type("\n");
    }
    LineEditor editor_;
    Screen screen_;
};

TEST_F(ShellEditor, EchoesWhatIsTyped) { expect_line("echo hello", "echo hello"); }

TEST_F(ShellEditor, ErasesAndMoves) {
    expect_line("abx\x7f"
                "c",
                "abc");
    expect_line("abx\bc", "abc");
    expect_line("bc\x01"
                "a",
                "abc");
    expect_line("ac\x1b[Db", "abc");
    expect_line("ac\x1b[D\x1b[D\x1b[D\x1b[C"
                "b\x05"
                "d",
                "abcd");
    expect_line("xabc\x1b[H\x1b[3~", "abc");
    expect_line("xabc\x1b[1~\x04", "abc");
    expect_line("bc\x1bOHa\x1bOFd", "abcd");
}

TEST_F(ShellEditor, CharactersAreWholeAndAsWideAsTheyAre) {
    const auto shown = [&](std::string_view keys) { // for the last of these
        std::string out;
        for (const char c : keys) {
            out.clear();
            static_cast<void>(editor_.feed(c, out));
        }
        return out;
    };
    EXPECT_EQ(shown("日本\x1b[D"), "\r> 日本\x1b[K\x1b[2D");
    EXPECT_EQ(shown("\x1b[D"), "\r> 日本\x1b[K\x1b[4D");
    EXPECT_EQ(shown("ä"), "\r> ä日本\x1b[K\x1b[4D");
    EXPECT_EQ(shown("\x1b[C\x7f"), "\r> ä本\x1b[K\x1b[2D");
    EXPECT_EQ(shown("\x1b[3~"), "\r> ä\x1b[K");
    EXPECT_EQ(shown("e\u0301z\x1b[D\x1b[D"), "\r> äe\u0301z\x1b[K\x1b[2D") << "a mark moves with its letter";
    EXPECT_EQ(shown("\x04"), "\r> äz\x1b[K\x1b[1D");
    EXPECT_EQ(shown("\x7f"), "\r> z\x1b[K\x1b[1D");
    EXPECT_EQ(shown("\xff\x1b[D"), "\r> \xffz\x1b[K\x1b[2D") << "what is no character takes a cell";
    EXPECT_EQ(type("\r"), Event::line);
    EXPECT_EQ(editor_.line(), "\xffz");
}

TEST_F(ShellEditor, KillsParts) {
    expect_line("rubbish\x15"
                "abc",
                "abc");
    expect_line("abc rubbish\x1b[D\x1b[D\x17\x0b"
                "d",
                "abc d");
    expect_line("abcdef\x1b[D\x1b[D\x1b[D\x0b", "abc");
}

TEST_F(ShellEditor, RemembersLines) {
    expect_line("one", "one");
    expect_line("two", "two");
    expect_line("\x1b[A", "two");
    expect_line("\x1b[A\x1b[A", "one");
    expect_line("new\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A\x1b[B\x1b[B\x1b[B\x1b[B", "new");
}

TEST_F(ShellEditor, RemembersWhatItIsTold) {
    for (u64 i = 0; i < LineEditor::longest_history + 6; ++i)
        editor_.remember("old " + std::to_string(i));
    expect_line("\x1b[A", "old 69");
    expect_line("\x1b[A\x1b[A", "old 68");
    std::string up;
    for (int i = 0; i < 100; ++i)
        up += "\x1b[A";
    expect_line(up, "old 7"); // one line more has come since
}

TEST_F(ShellEditor, TellsWhichLinesAreNew) {
    expect_line("one", "one");
    EXPECT_TRUE(editor_.is_new());
    expect_line("one", "one");
    EXPECT_FALSE(editor_.is_new());
    expect_line("", "");
    EXPECT_FALSE(editor_.is_new());
    start();
    type("two\x03");
    EXPECT_FALSE(editor_.is_new());
}

TEST_F(ShellEditor, KnowsEndAndInterrupt) {
    EXPECT_EQ(type("\x04"), Event::end_of_input);
    start();
    EXPECT_EQ(type("abc\x03"), Event::interrupted);
    start();
    EXPECT_EQ(type("a\x04\r"), Event::line);
}

TEST_F(ShellEditor, TakesBothLineEnds) {
    EXPECT_EQ(type("a\r"), Event::line);
    start();
    EXPECT_EQ(type("\n"), Event::none) << "the second half of \\r\\n";
    EXPECT_EQ(type("b\n"), Event::line);
    start();
    EXPECT_EQ(type("\n"), Event::line);
}

TEST_F(ShellEditor, SurvivesRubbish) {
    u64 state = 1;
    std::string keys;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        keys += static_cast<char>(state >> 40 & 0x7f);
    }
    for (const char c : keys) {
        std::string out;
        if (editor_.feed(c, out) != Event::none) start();
    }
    EXPECT_LE(editor_.line().size(), 1024u);
}

} // namespace
} // namespace pith::shell
