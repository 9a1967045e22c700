#pragma once

#include <string>
#include <string_view>

namespace pith::proto {

/// Whether `path` is the directory or lies below it. Both absolute, in normal form.
[[nodiscard]] inline bool lies_below(std::string_view path, std::string_view directory) {
    if (directory.size() == 1) return true; // the root
    if (path.size() < directory.size()) return false;
    if (path.size() > directory.size() && path[directory.size()] != '/') return false;
    return path.starts_with(directory);
}
/// The rest of such a path.
[[nodiscard]] inline std::string_view path_below(std::string_view path, std::string_view directory) {
    return directory.size() == 1 ? path : path.substr(directory.size());
}
/// Where a path leads when the link at its first `used` bytes is followed, which says `target`.
[[nodiscard]] std::string follow_link(std::string_view path, std::size_t used, std::string_view target);

} // namespace pith::proto
