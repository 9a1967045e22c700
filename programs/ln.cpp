// ln [-sf] TARGET NAME: gives a file another name, in a directory the same one; -s makes a symbolic link that
// says TARGET, -f in the place of what has that name.
#include "proto/file_trees.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto ln = TRY(proto::Utility::open(start, "sf", "ln [-sf] TARGET NAME", 2, 2));
    if (!ln) return proto::status_misuse;
    const std::string_view target = ln->operands()[0];
    const std::string name =
        proto::destination(ln->program.files(), target, ln->program.absolute(ln->operands()[1]));
    if (ln->arguments.has('f')) // that nothing is there is no matter, and a directory is in the way still
        static_cast<void>(ln->program.files().remove(name, proto::file::Kind::file));
    const auto made = ln->arguments.has('s') ? ln->program.files().make_link(target, name)
                                             : ln->program.files().link(ln->program.absolute(target), name);
    if (made) return 0;
    ln->complain(ln->operands()[1], made.error());
    return 1;
}
