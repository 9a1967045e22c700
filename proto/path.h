#pragma once

#include <string>
#include <string_view>

namespace pith::proto {

/// The path from the root on, without `.`, `..` or doubled `/`; `..` of the root is the root. `directory` is
/// where a path that does not start with `/` begins.
[[nodiscard]] std::string absolute_path(std::string_view directory, std::string_view path);

/// What is called so in a directory, as somebody would write it who wrote `directory`.
[[nodiscard]] std::string path_in(std::string_view directory, std::string_view name);

} // namespace pith::proto
