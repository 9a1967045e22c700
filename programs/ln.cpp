// ln [-s] TARGET NAME: gives a file another name; -s makes a symbolic link that says TARGET.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto ln = TRY(proto::Utility::open(start, "s", "ln [-s] TARGET NAME", 2, 2));
    if (!ln) return proto::status_misuse;
    const std::string_view target = ln->operands()[0];
    const std::string name = ln->program.absolute(ln->operands()[1]);
    const auto made = ln->arguments.has('s') ? ln->program.files().make_link(target, name)
                                             : ln->program.files().link(ln->program.absolute(target), name);
    if (made) return 0;
    ln->complain(ln->operands()[1], made.error());
    return 1;
}
