// mv FROM… TO: renames, or moves into a directory; to another file system by copying.
#include "proto/file_trees.h"
#include "proto/utility.h"

using namespace pith;

namespace {

Result<> move(const proto::FileSpace& files, const std::string& from, const std::string& to) {
    const auto renamed = files.rename(from, to);
    if (renamed || renamed.error() != Error::unsupported) return renamed;
    TRY(proto::copy_tree(files, from, to));
    return proto::remove_tree(files, from, true);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto mv = TRY(proto::Utility::open(start, "f", "mv FROM… TO", 2));
    if (!mv) return proto::status_misuse;
    const proto::FileSpace& files = mv->program.files();
    const std::string to = mv->program.absolute(mv->operands().back());
    const auto there = files.open(to, 0);
    if (mv->operands().size() > 2 && !(there && there->is_directory())) {
        mv->complain(mv->operands().back(), Error::not_directory);
        return 1;
    }
    return mv->for_each_operand([&](std::string_view path) -> Result<> {
        if (path.data() == mv->operands().back().data()) return {};
        const std::string from = mv->program.absolute(path);
        return move(files, from, proto::destination(files, from, to));
    });
}
