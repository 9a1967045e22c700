#include "proto/mount_table.h"

#include "proto/path.h"

#include <algorithm>
#include <array>

namespace pith::proto::mount_table {
namespace {

constexpr std::array types{any_type, ext4_type, fat32_type};
constexpr std::size_t longest_path = 200, longest_disk = 100; // longer ones fit no message

std::string_view take_word(std::string_view& line) {
    constexpr std::string_view blanks = " \t\r";
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

/// Empty: well; else what is wrong.
std::string_view read_line(std::string_view line, Entry& entry) {
    entry.disk = take_word(line);
    entry.path = take_word(line);
    entry.type = take_word(line);
    if (entry.type.empty()) return "DISK PATH TYPE was expected";
    if (entry.disk.size() > longest_disk) return "no disk has such a name";
    if (entry.path.size() > longest_path || entry.path == "/" || absolute_path("/", entry.path) != entry.path)
        return "the path is not of the form /NAME or /NAME/NAME";
    if (!std::ranges::contains(types, entry.type)) return "the type is none of auto, ext4, fat32";
    for (auto word = take_word(line); !word.empty(); word = take_word(line))
        if (word == read_only_word)
            entry.read_only = true;
        else if (word == optional_word)
            entry.optional = true;
        else
            return "the option is none of ro, optional";
    return {};
}

} // namespace

Table parse(std::string_view text) {
    Table table;
    for (u64 number = 1; !text.empty(); ++number) {
        const u64 length = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, length);
        text.remove_prefix(std::min(length + 1, text.size()));
        line = line.substr(0, line.find('#'));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        Entry entry{.line = number, .disk = {}, .path = {}, .type = {}};
        std::string_view what = read_line(line, entry);
        if (what.empty() && std::ranges::contains(table.entries, entry.path, &Entry::path))
            what = "something is mounted there already";
        if (what.empty() && table.entries.size() == most_entries) what = "there are too many lines";
        if (what.empty())
            table.entries.push_back(entry);
        else
            table.mistakes.push_back({number, what});
    }
    return table;
}

} // namespace pith::proto::mount_table
