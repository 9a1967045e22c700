#pragma once

#include <string_view>

namespace pith {

namespace wildcard_detail {

/// Where the `]` stands that ends the set at the pattern's start; npos: it is no set. One that comes first is
/// a member.
constexpr std::size_t end_of_set(std::string_view pattern) {
    if (!pattern.starts_with('[')) return std::string_view::npos;
    const bool excludes = pattern.size() > 1 && (pattern[1] == '!' || pattern[1] == '^');
    return pattern.find(']', excludes ? 3 : 2);
}

/// `abc`, `a-z`, `!abc`, `^abc`: what stands between the brackets.
constexpr bool is_in_set(std::string_view set, char c) {
    const bool excludes = set[0] == '!' || set[0] == '^';
    if (excludes) set.remove_prefix(1);
    bool found = false;
    while (!set.empty()) {
        const bool is_range = set.size() > 2 && set[1] == '-';
        const auto first = static_cast<unsigned char>(set[0]);
        const auto last = static_cast<unsigned char>(set[is_range ? 2 : 0]);
        const auto own = static_cast<unsigned char>(c);
        found = found || (first <= own && own <= last);
        set.remove_prefix(is_range ? 3 : 1);
    }
    return found != excludes;
}

/// How much of the pattern's start stands for the character; 0: it does not fit.
constexpr std::size_t fit(std::string_view pattern, char c) {
    if (pattern.empty()) return 0;
    if (pattern.size() > 1 && pattern[0] == '\\') return pattern[1] == c ? 2 : 0;
    if (const std::size_t end = end_of_set(pattern); end != std::string_view::npos)
        return is_in_set(pattern.substr(1, end - 1), c) ? end + 1 : 0;
    return pattern[0] == c || pattern[0] == '?' ? 1 : 0;
}

} // namespace wildcard_detail

/// Whether a name fits a pattern: `*` stands for any characters, `?` for one, `[a-z_]` for one of these,
/// `[!a-z]` for any other one, `\` before a character for that character, everything else for itself.
[[nodiscard]] constexpr bool matches_wildcard(std::string_view name, std::string_view pattern) {
    std::size_t n = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos; // behind the last `*`, and
    std::size_t retry = 0;                     // up to where the name was taken for it
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            retry = n;
        } else if (const std::size_t length = wildcard_detail::fit(pattern.substr(p), name[n]); length > 0) {
            p += length;
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
