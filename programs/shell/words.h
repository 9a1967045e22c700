#pragma once

#include "base/types.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace pith::shell {

/// One command: its name and arguments.
using Words = std::vector<std::string>;

/// Takes a line apart into commands, which `;` separates. Blanks separate words; '…' keeps all but ', "…"
/// keeps all but " \ and $?; a \ keeps the next character; $? is `status`; # starts a comment. The error says
/// what is wrong with the line.
[[nodiscard]] std::expected<std::vector<Words>, std::string_view> parse_line(std::string_view line,
                                                                             u64 status);

} // namespace pith::shell
