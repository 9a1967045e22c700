#pragma once

#include <string>
#include <string_view>

namespace pith::proto {

/// The path from the root on, without `.`, `..` or doubled `/`; `..` of the root is the root. `directory` is
/// where a path that does not start with `/` begins.
[[nodiscard]] std::string absolute_path(std::string_view directory, std::string_view path);

} // namespace pith::proto
