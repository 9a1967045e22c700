#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pith::shell {

/// What stands before the cursor, as far as Tab is concerned.
struct Unfinished {
    bool is_command =
        false; ///< the word names a command: it is the first of its pipeline's part, without a slash
    std::string directory; ///< of a path, up to its last slash, as typed; empty: none was typed
    std::string start;     ///< the rest: what names have to begin with
};
[[nodiscard]] Unfinished find_unfinished(std::string_view line_before_cursor);

/// A name that could stand there. Directories end with a slash, so that what is in them can be typed next.
using Names = std::vector<std::string>;
/// Those that begin so; hidden ones, with a dot in front, only where it was typed.
[[nodiscard]] Names that_begin_with(std::string_view start, const Names& names);
/// What all of them have in common behind `start`; a blank, too, if there is only one and it is no directory.
/// Characters that mean something to the shell come with a backslash.
[[nodiscard]] std::string to_insert(std::string_view start, const Names& names);

} // namespace pith::shell
