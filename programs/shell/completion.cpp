#include "programs/shell/completion.h"

#include <algorithm>

namespace pith::shell {
namespace {

constexpr std::string_view ends_word = " \t;|&<>", starts_command = ";|&", quotes = "'\"\\",
                           special = " \t;|&<>'\"\\$*?#";

} // namespace

Unfinished find_unfinished(std::string_view line) {
    Unfinished found{.is_command = true};
    std::string word;
    char quote = '\0';
    bool command_follows = true; // before anything else, and behind ; | &
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote != '\0') {
            if (c == quote)
                quote = '\0';
            else
                word += c;
        } else if (c == '\\' && i + 1 < line.size()) {
            word += line[++i];
        } else if (quotes.contains(c)) {
            quote = c == '\\' ? '\0' : c;
        } else if (ends_word.contains(c)) {
            command_follows =
                starts_command.contains(c) || (word.empty() && command_follows && c != '<' && c != '>');
            word.clear();
        } else {
            word += c;
        }
    }
    const std::size_t slash = word.rfind('/');
    found.is_command = command_follows && slash == std::string::npos;
    found.directory = slash == std::string::npos ? "" : word.substr(0, slash + 1);
    found.start = slash == std::string::npos ? word : word.substr(slash + 1);
    return found;
}

Names that_begin_with(std::string_view start, const Names& names) {
    Names found;
    for (const std::string& name : names)
        if (name.starts_with(start) && (!name.starts_with('.') || start.starts_with('.')))
            found.push_back(name);
    std::ranges::sort(found);
    const auto doubled = std::ranges::unique(found);
    found.erase(doubled.begin(), doubled.end());
    return found;
}

std::string to_insert(std::string_view start, const Names& names) {
    if (names.empty()) return "";
    std::string_view common = names.front();
    for (const std::string& name : names) {
        const auto differs = std::ranges::mismatch(common, name).in1;
        common = common.substr(0, static_cast<std::size_t>(differs - common.begin()));
    }
    std::string text;
    for (const char c : common.substr(start.size())) {
        if (special.contains(c)) text += '\\';
        text += c;
    }
    if (names.size() == 1 && !common.ends_with('/')) text += ' ';
    return text;
}

} // namespace pith::shell
