// rm [-rf] PATH…: removes files; -r directories with all that they hold, -f does not mind what is not there.
#include "proto/file_trees.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    constexpr std::string_view usage = "rm [-rf] PATH…";
    const auto rm = TRY(proto::Utility::open(start, "rf", usage));
    if (!rm) return proto::status_misuse;
    if (rm->operands().empty() && !rm->arguments.has('f')) {
        rm->program.errors().print("usage: {}\n", usage);
        return proto::status_misuse;
    }
    return rm->for_each_operand([&](std::string_view path) -> Result<> {
        const auto removed =
            proto::remove_tree(rm->program.files(), rm->program.absolute(path), rm->arguments.has('r'));
        const bool not_there = !removed && removed.error() == Error::not_found;
        return not_there && rm->arguments.has('f') ? Result<>{} : removed;
    });
}
