// touch PATH…: makes empty files where there are none.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto touch = TRY(proto::Utility::open(start, "", "touch PATH…", 1));
    if (!touch) return proto::status_misuse;
    return touch->for_each_operand([&](std::string_view path) -> Result<> {
        TRY(touch->program.open_file(path, proto::file::open_flags::write | proto::file::open_flags::create));
        return {};
    });
}
