#pragma once

#include "base/number.h"

#include <algorithm>
#include <optional>
#include <string_view>

/// Tables that people write: a line a fact, in words between blanks; `#` starts a comment. What is read
/// borrows the text.
namespace pith {

/// What is wrong with a line, counted from 1.
struct TableMistake {
    u64 line;
    std::string_view what;
};

/// The words of one line.
class TableLine {
  public:
    TableLine(u64 number, std::string_view text) : number_{number}, rest_{text.substr(0, text.find('#'))} {}

    /// From 1.
    [[nodiscard]] u64 number() const { return number_; }
    /// Empty behind the last.
    [[nodiscard]] std::string_view take_word() {
        constexpr std::string_view blanks = " \t\r";
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
        const std::string_view word = rest_.substr(0, rest_.find_first_of(blanks));
        rest_.remove_prefix(word.size());
        return word;
    }
    [[nodiscard]] bool at_end() { return take_word().empty(); }

  private:
    u64 number_;
    std::string_view rest_;
};

class TableText {
  public:
    explicit TableText(std::string_view text) : rest_{text} {}
    /// Nothing behind the last.
    [[nodiscard]] std::optional<TableLine> take_line() {
        if (rest_.empty()) return std::nullopt;
        const TableLine line{++lines_, rest_.substr(0, rest_.find('\n'))};
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size() - 1) + 1);
        return line;
    }
    /// How many were taken.
    [[nodiscard]] u64 lines() const { return lines_; }

  private:
    std::string_view rest_;
    u64 lines_ = 0;
};

} // namespace pith
