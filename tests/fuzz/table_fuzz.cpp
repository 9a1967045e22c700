#include "base/bytes.h"
#include "base/panic.h"
#include "proto/mount_table.h"
#include "proto/path.h"
#include "servers/devices/manifest.h"
#include "servers/init/table.h"

#include <algorithm>

/// Tables that people write: `etc/mounts` in /home, which anybody may who may write there, and those of the
/// initrd.

using namespace pith;

namespace {

namespace mounts = proto::mount_table;

bool is_word_of(std::string_view text, std::string_view word) {
    return word.data() >= text.data() && word.data() + word.size() <= text.data() + text.size() &&
           !word.empty() && word.find_first_of(" \t\r\n#") == std::string_view::npos;
}

/// Each line is taken once, and each byte of it at most.
u64 lines_of(std::string_view text) {
    TableText rest{text};
    std::size_t taken = 0;
    while (auto line = rest.take_line()) {
        require(line->number() == rest.lines(), "a line's number");
        for (auto word = line->take_word(); !word.empty(); word = line->take_word()) {
            require(is_word_of(text, word), "a word that is none");
            taken += word.size();
        }
        require(line->at_end(), "an end that is none");
    }
    require(taken <= text.size() && rest.lines() <= text.size(), "more than there is");
    return rest.lines();
}

void check(std::string_view text, const mounts::Entry& entry) {
    require(is_word_of(text, entry.disk) && is_word_of(text, entry.path), "what is mounted where");
    require(proto::absolute_path("/", entry.path) == entry.path && entry.path != "/",
            "a path in normal form");
    std::string line{entry.disk};
    for (const std::string_view word : {entry.path, entry.type, entry.read_only ? mounts::read_only_word : "",
                                        entry.optional ? mounts::optional_word : ""})
        line.append(" ").append(word);
    const auto again = mounts::parse(line);
    require(again.mistakes.empty() && again.entries.size() == 1, "a line that is right once");
    const mounts::Entry& same = again.entries[0];
    require(same.disk == entry.disk && same.path == entry.path && same.type == entry.type &&
                same.read_only == entry.read_only && same.optional == entry.optional,
            "a line that says two things");
}

void check_mounts(std::string_view text, u64 lines) {
    const auto table = mounts::parse(text);
    require(table.entries.size() <= mounts::most_entries, "too many");
    require(table.entries.size() + table.mistakes.size() <= lines, "more than there are lines");
    for (u64 last = 0; const mounts::Entry& entry : table.entries) {
        require(entry.line > last && entry.line <= lines, "an entry's line");
        last = entry.line;
        check(text, entry);
        require(std::ranges::count(table.entries, entry.path, &mounts::Entry::path) == 1, "one place twice");
    }
    for (u64 last = 0; const TableMistake& mistake : table.mistakes) {
        require(mistake.line > last && mistake.line <= lines && !mistake.what.empty(), "a mistake's line");
        last = mistake.line;
    }
}

template <class Table>
void check_mistake(const Table& table, u64 lines) {
    require(table || (table.error().line <= lines && !table.error().what.empty()),
            "a mistake that is nowhere");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text(std::as_bytes(std::span{data, size}));
    const u64 lines = lines_of(text);
    check_mounts(text, lines);
    const auto services = os::init::parse_table(text);
    check_mistake(services, lines);
    if (services)
        for (const auto& service : *services)
            require(is_word_of(text, service.name) && is_word_of(text, service.program), "a service");
    check_mistake(os::devices::parse_manifest(text), lines);
    return 0;
}
