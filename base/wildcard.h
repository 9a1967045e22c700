#pragma once

#include <string_view>

namespace pith {

/// Whether a name fits a pattern: `*` stands for any characters, `?` for one, `\` before a character for that
/// character, everything else for itself.
[[nodiscard]] constexpr bool matches_wildcard(std::string_view name, std::string_view pattern) {
    std::size_t n = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos; // behind the last `*`, and
    std::size_t retry = 0;                     // up to where the name was taken for it
    while (n < name.size()) {
        const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
        const std::size_t at = escaped ? p + 1 : p;
        if (!escaped && p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            retry = n;
        } else if (at < pattern.size() && (pattern[at] == name[n] || (!escaped && pattern[at] == '?'))) {
            p = at + 1;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star;
            n = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

} // namespace pith
