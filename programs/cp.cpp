// cp [-r] FROM… TO: copies files; -r directories too. With several, TO is a directory.
#include "proto/file_trees.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto cp = TRY(proto::Utility::open(start, "r", "cp [-r] FROM… TO", 2));
    if (!cp) return proto::status_misuse;
    const proto::FileSpace& files = cp->program.files();
    const std::string to = cp->program.absolute(cp->operands().back());
    const auto there = files.open(to, 0);
    if (cp->operands().size() > 2 && !(there && there->is_directory())) {
        cp->complain(cp->operands().back(), Error::not_directory);
        return 1;
    }
    return cp->for_each_operand([&](std::string_view path) -> Result<> {
        if (path.data() == cp->operands().back().data()) return {};
        const std::string from = cp->program.absolute(path);
        const std::string target = proto::destination(files, from, to);
        return cp->arguments.has('r') ? proto::copy_tree(files, from, target)
                                      : proto::copy_file(files, from, target);
    });
}
