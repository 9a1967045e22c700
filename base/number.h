#pragma once

#include "base/types.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace pith {

/// The number that all of a text says; nothing where it says something else, or more than fits.
[[nodiscard]] inline std::optional<u64> parse_number(std::string_view text, int base = 10) {
    u64 number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

} // namespace pith
