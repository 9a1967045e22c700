// What the kernel's paths cost, in instructions: boot it under `./pith bench kernel`, which prints these rows
// beside their targets.
#include "groups.h"

using namespace pith;
using namespace pith::bench;

namespace {

struct Group {
    std::string_view name;
    Result<> (*measure)(const proto::Program&);
};
constexpr std::array groups{
    Group{"messages", messages},     Group{"crowd", messages_in_a_crowd}, Group{"handles", handle_passing},
    Group{"calls", plain_calls},     Group{"signals", signals},           Group{"faults", faults},
    Group{"foreign", foreign_calls}, Group{"mappings", mappings},         Group{"lives", lives}};

} // namespace

/// kernel [only GROUP]
Result<int> program_main(os::Start& start) {
    const auto mode = start.argument(1);
    if (mode && *mode != "only") {
        TRY(play_role(start, *mode));
        return 0;
    }
    const auto program = TRY(proto::Program::open(start));
    for (const Group& group : groups)
        if (!mode || group.name == start.argument(2)) TRY(group.measure(program));
    return 0;
}
