#pragma once

#include "base/types.h"

#include <optional>
#include <string_view>

namespace pith {

/// The start-up options: text of `key=value` lines. The text ends at its first NUL or after 4096 bytes.
/// `#` and `//` at the start of a line or behind a blank begin a comment that ends with the line, `/*` one
/// that ends at `*/`. A key stands at the start of a line, after blanks at most, and holds no blank itself.
/// The value is what follows, without the blanks around it. Lines that say nothing of the kind are passed
/// over.
class Environment {
  public:
    static constexpr std::size_t max_size = 4096;

    constexpr explicit Environment(std::string_view text) : text_{bounded(text)} {}

    /// The value of the last line with that key.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const;

    struct Pair {
        std::string_view key;
        std::string_view value;
    };
    /// Goes through the pairs in the order in which they are written.
    class Cursor {
      public:
        [[nodiscard]] std::optional<Pair> next();

      private:
        friend class Environment;
        explicit Cursor(std::string_view rest) : rest_{rest} {}
        void skip_comment();
        std::string_view take_line();

        std::string_view rest_;
    };
    [[nodiscard]] Cursor pairs() const { return Cursor{text_}; }

    /// The bounded text itself, comments and all.
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

  private:
    static constexpr std::string_view bounded(std::string_view text) {
        text = text.substr(0, max_size);
        return text.substr(0, text.find('\0'));
    }

    std::string_view text_;
};

} // namespace pith
