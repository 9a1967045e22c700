#include "programs/shell/history.h"

#include "base/bytes.h"
#include "programs/shell/editor.h"
#include "proto/files.h"
#include "proto/path.h"

#include <algorithm>

namespace pith::shell {
namespace {

std::string history_path() { return proto::absolute_path("/home", ".history"); }

/// Of a longer file only the lines that can be brought back are kept.
constexpr u64 longest_file = u64{64} << 10;

using namespace proto::file;

std::vector<std::string> last_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (lines.size() == LineEditor::longest_history) lines.erase(lines.begin());
        // A terminal shows them: nothing that would control it.
        if (!line.empty() && std::ranges::none_of(line, [](char c) { return c >= 0 && c < ' '; }))
            lines.emplace_back(line);
    }
    return lines;
}

Result<> append(const proto::FileSpace& files, std::string_view text, u64 flags) {
    auto file = TRY(files.open(history_path(), open_flags::write | open_flags::create | flags));
    for (Append part; !text.empty(); text.remove_prefix(part.bytes.view().size())) {
        part.bytes = decltype(part.bytes)::of(text);
        TRY(file.since.change(file.client, part));
    }
    return {};
}

Result<std::vector<std::string>> read(const proto::FileSpace& files) {
    const auto file = TRY(files.open(history_path()));
    const auto loaded = TRY(proto::LoadedFile::load(file));
    const auto bytes = loaded.bytes();
    auto lines = last_lines(as_text(bytes));
    if (bytes.size() <= longest_file) return lines;
    std::string kept;
    for (const std::string& line : lines)
        kept.append(line).append("\n");
    TRY(append(files, kept, open_flags::truncate));
    return lines;
}

} // namespace

std::vector<std::string> read_history(const proto::FileSpace& files) {
    return read(files).value_or(std::vector<std::string>{});
}

void add_to_history(const proto::FileSpace& files, std::string_view line) {
    static_cast<void>(append(files, std::string{line}.append("\n"), 0)); // it is only for convenience
}

} // namespace pith::shell
