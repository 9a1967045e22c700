// uptime: shows for how long the machine has run.
#include "proto/output.h"
#include "proto/system.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto uptime = TRY(proto::Utility::open(start, "", "uptime", 0, 0));
    if (!uptime) return proto::status_misuse;
    const auto system = proto::take_system(start, uptime->program.errors());
    if (!system) return 1;
    const auto info = TRY(system->info());
    const u64 seconds = info.uptime / 1'000'000'000;
    proto::Output output{uptime->program.output()};
    output.print("up {} days, {}:{:02}:{:02}, {} cores\n", seconds / 86'400, seconds / 3600 % 24,
                 seconds / 60 % 60, seconds % 60, info.cores);
    return 0;
}
