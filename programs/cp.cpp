// cp [-rp] FROM… TO: copies files; -r (-R) directories too, -p with the times of each file; -a both. With
// several, TO is a directory.
#include "proto/directory.h"
#include "proto/file_trees.h"
#include "proto/utility.h"

#include <algorithm>

using namespace pith;

namespace {

/// Of a file, or of all in a directory and then of itself.
Result<> keep_times(const proto::FileSpace& files, const std::string& from, const std::string& to) {
    const auto about = TRY(files.look(from));
    if (about.kind == static_cast<u64>(proto::file::Kind::link)) return {};
    if (about.kind == static_cast<u64>(proto::file::Kind::directory))
        for (const proto::Name& name : TRY(proto::read_directory(files, from)))
            TRY(keep_times(files, proto::absolute_path(from, name.name),
                           proto::absolute_path(to, name.name)));
    const auto file = TRY(files.open(to, proto::file::open_flags::write));
    TRY(file.client.call(proto::file::SetTimes{about.modified, about.accessed}));
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto cp = TRY(proto::Utility::open(start, "aprR", "cp [-rp] FROM… TO", 2));
    if (!cp) return proto::status_misuse;
    const proto::FileSpace& files = cp->program.files();
    const std::string to = cp->program.absolute(cp->operands().back());
    const auto there = files.open(to, 0);
    if (cp->operands().size() > 2 && !(there && there->is_directory())) {
        cp->complain(cp->operands().back(), Error::not_directory);
        return 1;
    }
    const auto has = [&](std::string_view letters) {
        return std::ranges::any_of(letters, [&](char letter) { return cp->arguments.has(letter); });
    };
    return cp->for_each_operand([&](std::string_view path) -> Result<> {
        if (path.data() == cp->operands().back().data()) return {};
        const std::string from = cp->program.absolute(path);
        const std::string target = proto::destination(files, from, to);
        TRY(has("rRa") ? proto::copy_tree(files, from, target) : proto::copy_file(files, from, target));
        return has("pa") ? keep_times(files, from, target) : Result<>{};
    });
}
