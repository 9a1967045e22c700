// rmdir PATH…: removes empty directories.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto rmdir = TRY(proto::Utility::open(start, "", "rmdir PATH…", 1));
    if (!rmdir) return proto::status_misuse;
    return rmdir->for_each_operand([&](std::string_view path) {
        return rmdir->program.files().remove(rmdir->program.absolute(path), proto::file::Kind::directory);
    });
}
