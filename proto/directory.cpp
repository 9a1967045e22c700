#include "proto/directory.h"

#include "proto/path.h"

#include <algorithm>

namespace pith::proto {

Result<std::vector<Name>> read_directory(const FileSpace& files, std::string_view path) {
    const OpenFile directory = TRY(files.open(path, file::open_flags::read | file::open_flags::directory));
    std::vector<Name> names;
    for (u64 cursor = 0;;) {
        const auto entry = directory.client.call(file::List{.cursor = cursor});
        if (!entry && entry.error() == Error::not_found) break;
        if (!entry) return fail(entry.error());
        names.push_back({std::string{entry->bytes.view()}, entry->info});
        cursor = entry->next;
    }
    for (const std::string_view mounted : files.mounted_below(path)) {
        std::erase_if(names, [&](const Name& hidden) { return hidden.name == mounted; });
        const auto root = files.open(absolute_path(path, mounted));
        if (root) names.push_back({std::string{mounted}, root->info});
    }
    std::ranges::sort(names, {}, &Name::name);
    return names;
}

} // namespace pith::proto
