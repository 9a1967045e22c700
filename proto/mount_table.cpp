#include "proto/mount_table.h"

#include "proto/path.h"

#include <algorithm>
#include <array>

namespace pith::proto::mount_table {
namespace {

constexpr std::array types{any_type, ext4_type, fat32_type};
constexpr std::size_t longest_path = 200, longest_disk = 100; // longer ones fit no message

/// Empty: well; else what is wrong.
std::string_view read_line(TableLine line, Entry& entry) {
    entry.path = line.take_word();
    entry.type = line.take_word();
    if (entry.type.empty()) return "DISK PATH TYPE was expected";
    if (entry.disk.size() > longest_disk) return "no disk has such a name";
    if (entry.path.size() > longest_path || entry.path == "/" || absolute_path("/", entry.path) != entry.path)
        return "the path is not of the form /NAME or /NAME/NAME";
    if (!std::ranges::contains(types, entry.type)) return "the type is none of auto, ext4, fat32";
    for (auto word = line.take_word(); !word.empty(); word = line.take_word())
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
    TableText rest{text};
    while (auto line = rest.take_line()) {
        Entry entry{.line = line->number(), .disk = line->take_word(), .path = {}, .type = {}};
        if (entry.disk.empty()) continue;
        std::string_view what = read_line(*line, entry);
        if (what.empty() && std::ranges::contains(table.entries, entry.path, &Entry::path))
            what = "something is mounted there already";
        if (what.empty() && table.entries.size() == most_entries) what = "there are too many lines";
        if (what.empty())
            table.entries.push_back(entry);
        else
            table.mistakes.push_back({entry.line, what});
    }
    return table;
}

} // namespace pith::proto::mount_table
