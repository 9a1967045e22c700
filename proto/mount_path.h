#pragma once

#include <string>
#include <string_view>

namespace pith::proto {

/// Whether `path` is the directory or lies below it. Both absolute, in normal form.
[[nodiscard]] bool lies_below(std::string_view path, std::string_view directory);
/// The rest of such a path.
[[nodiscard]] std::string_view path_below(std::string_view path, std::string_view directory);
/// Where a path leads when the link at its first `used` bytes is followed, which says `target`.
[[nodiscard]] std::string follow_link(std::string_view path, std::size_t used, std::string_view target);

} // namespace pith::proto
