#include "base/environment.h"

namespace pith {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view line_ends = "\r\n";

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool starts_comment(std::string_view text) {
    return text.starts_with('#') || text.starts_with("//") || text.starts_with("/*");
}

/// Where a line's own text ends: at the line's end or at a comment.
std::size_t end_of_text(std::string_view text) {
    bool behind_blank = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (line_ends.contains(text[i])) return i;
        if (behind_blank && starts_comment(text.substr(i))) return i;
        behind_blank = blanks.contains(text[i]);
    }
    return text.size();
}

/// `text` from a place that was searched for; empty if that was not found.
std::string_view from(std::string_view text, std::size_t place) {
    return place == std::string_view::npos ? std::string_view{} : text.substr(place);
}

} // namespace

/// Behind the comment that the rest starts with. A line comment leaves its line's end standing.
void Environment::Cursor::skip_comment() {
    if (!rest_.starts_with("/*")) {
        rest_ = from(rest_, rest_.find_first_of(line_ends));
        return;
    }
    const std::size_t end = rest_.find("*/", 2);
    rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 2);
}

/// A line's text. Behind a block comment in its middle a new line begins.
std::string_view Environment::Cursor::take_line() {
    const std::size_t end = end_of_text(rest_);
    const std::string_view line = trim(rest_.substr(0, end));
    rest_.remove_prefix(end);
    if (starts_comment(rest_)) {
        skip_comment();
    } else if (!rest_.empty()) {
        rest_.remove_prefix(1);
    }
    return line;
}

std::optional<Environment::Pair> Environment::Cursor::next() {
    while (!rest_.empty()) {
        const std::string_view line = take_line();
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        const std::string_view key = line.substr(0, equals);
        if (key.find_first_of(blanks) != std::string_view::npos) continue;
        return Pair{key, trim(line.substr(equals + 1))};
    }
    return std::nullopt;
}

std::optional<std::string_view> Environment::get(std::string_view key) const {
    std::optional<std::string_view> found;
    Cursor cursor = pairs();
    while (const auto pair = cursor.next())
        if (pair->key == key) found = pair->value;
    return found;
}

} // namespace pith
