#pragma once

#include "base/characters.h"

#include <string>
#include <string_view>
#include <vector>

namespace pith::shell {

/// Edits one line at a time on a VT100-like terminal: bytes come in, what the terminal shall show goes out.
/// It steps over characters with their marks, and knows how wide they are (base/characters.h).
/// Arrows, Home, End, Delete, Backspace, Ctrl-A -E -U -K -W -L -C -D, and the lines before (up, down).
class LineEditor {
  public:
    enum class Event : u8 {
        none,
        line,         ///< `line()` is complete
        interrupted,  ///< Ctrl-C: the line was thrown away
        end_of_input, ///< Ctrl-D on an empty line
        complete,     ///< Tab: what stands before the cursor could be finished
    };

    /// How wide the terminal is; 0: nobody knows, and a line is edited as if it had one row.
    void set_columns(u64 columns) { columns_ = columns; }
    /// Shows the prompt and starts an empty line.
    void start(std::string_view prompt, std::string& out);
    [[nodiscard]] Event feed(char c, std::string& out);
    /// The line that is being typed, or was completed last.
    [[nodiscard]] const std::string& line() const { return text_; }
    [[nodiscard]] std::string_view before_cursor() const {
        return std::string_view{text_}.substr(0, cursor_);
    }
    /// A line of an earlier time, older than what is typed from now on.
    void remember(std::string_view line);
    /// Whether the line that was completed last is one to come back to: not empty, not the one before again.
    [[nodiscard]] bool is_new() const { return is_new_; }
    static constexpr u64 longest_history = 64;
    /// As if it had been typed.
    void insert(std::string_view text, std::string& out);
    /// Shows these below, and the line once more.
    void show(const std::vector<std::string>& names, std::string& out);

  private:
    enum class State : u8 { plain, escape, sequence };

    static constexpr u64 longest_line = 1024;

    [[nodiscard]] Event control(char c, std::string& out);
    [[nodiscard]] Event finish(Event event, std::string& out);
    void sequence(char c, std::string& out);
    void insert(char c, std::string& out);
    void erase(u64 from, u64 to, std::string& out);
    void move_to(u64 cursor, std::string& out);
    void show_history(u64 index, std::string& out);
    void redraw(std::string& out);
    void redraw_row(std::string& out) const;
    /// The cursor, from its row to the line's last.
    void go_to_end(std::string& out);
    /// Where the terminal's cursor is behind so much of the line.
    [[nodiscard]] TextPlace place_of(u64 end) const;
    [[nodiscard]] u64 word_start() const;
    /// Where the character before the cursor begins, and where the one at it ends.
    [[nodiscard]] u64 before() const;
    [[nodiscard]] u64 behind() const;

    std::string prompt_;
    std::string text_;
    u64 cursor_ = 0;
    u64 columns_ = 0;
    u64 row_ = 0; ///< that the terminal's cursor is in, counted from the prompt's
    State state_ = State::plain;
    char parameter_ = 0;        ///< the digit of an escape sequence
    bool after_return_ = false; ///< the \n of a \r\n is not another line
    std::vector<std::string> history_;
    u64 history_index_ = 0; ///< history_.size(): the line being typed
    bool is_new_ = false;
    std::string typed_; ///< that line, while an older one is shown
};

} // namespace pith::shell
