// free [-m]: shows the machine's memory in KiB, or MiB.
#include "proto/output.h"
#include "proto/system.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto free = TRY(proto::Utility::open(start, "m", "free [-m]", 0, 0));
    if (!free) return proto::status_misuse;
    const auto system = proto::take_system(start, free->program.terminal());
    if (!system) return 1;
    const auto info = TRY(system->info());
    const u64 unit = free->arguments.has('m') ? u64{1} << 20 : 1024;
    const auto in_units = [unit](u64 frames) { return frames * page_size / unit; };
    proto::Output output{free->program.output()};
    output.write("            TOTAL       USED       FREE\n");
    output.print("Memory {:>10} {:>10} {:>10}\n", in_units(info.frames_total),
                 in_units(info.frames_total - info.frames_free), in_units(info.frames_free));
    return 0;
}
