// touch PATH…: says that files were modified now; makes empty ones where there are none.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto touch = TRY(proto::Utility::open(start, "", "touch PATH…", 1));
    if (!touch) return proto::status_misuse;
    return touch->for_each_operand([&](std::string_view path) -> Result<> {
        using namespace proto::file;
        const auto file = TRY(touch->program.open_file(path, open_flags::write | open_flags::create));
        TRY(file.client.call(SetTimes{SetTimes::now, SetTimes::now}));
        return {};
    });
}
