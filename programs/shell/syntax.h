#pragma once

#include "base/types.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

/// A line of the shell's language, taken apart. Blanks separate words; '…' keeps all but ', "…" all but " \ $; a \
/// keeps the next character; # starts a comment. $NAME, ${NAME} and $? stand for what they hold when the command
/// runs; ~ in front of a path for $HOME. *, ? and [a-z] outside quotes stand for names of files. `<` `>` `>>`
/// `2>` `2>>` `>&2` `2>&1` `&>` redirect, `|` connects, `&&` `||` `;` `&` separate.
namespace pith::shell {

/// What a word is made of, from front to back.
struct Part {
    enum class Kind : u8 { text, quoted_text, variable, quoted_variable };
    Kind kind;
    std::string text; ///< of a variable, its name
    friend bool operator==(const Part&, const Part&) = default;
};
using Word = std::vector<Part>;

struct Redirection {
    enum class Stream : u8 { input, output, errors };
    enum class Kind : u8 { input, output, append, like_output, like_errors };
    Kind kind;
    Stream stream; ///< which one is elsewhere from now on
    Word target;   ///< a file; nothing where it is to be `like` another stream
    friend bool operator==(const Redirection&, const Redirection&) = default;
};

struct Command {
    std::vector<Word> words;
    std::vector<Redirection> redirections;
};

/// Commands that run at the same time, each one's output the next one's input.
struct Pipeline {
    enum class Condition : u8 { always, after_success, after_failure };
    std::vector<Command> commands;
    Condition condition = Condition::always;
    bool background = false;
};

/// The error says what is wrong with the line.
[[nodiscard]] std::expected<std::vector<Pipeline>, std::string_view> parse_line(std::string_view line);

/// Whether a variable can be called so: letters, digits and `_`, no digit in front.
[[nodiscard]] bool is_name(std::string_view text);

} // namespace pith::shell
