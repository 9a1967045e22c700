// free [-k | -m | -h]: shows the machine's memory in KiB, in MiB, or for people.
#include "proto/output.h"
#include "proto/size_text.h"
#include "proto/system.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto free = TRY(proto::Utility::open(start, "kmh", "free [-k | -m | -h]", 0, 0));
    if (!free) return proto::status_misuse;
    const auto system = proto::take_system(start, free->program.errors());
    if (!system) return 1;
    const auto info = TRY(system->info());
    const bool for_people = free->arguments.has('h');
    const u64 unit = free->arguments.has('m') ? u64{1} << 20 : 1024;
    const auto shown = [&](u64 frames) {
        const u64 bytes = frames * page_size;
        return for_people ? proto::size_text(bytes, true) : Text<20>{}.format("{}", bytes / unit);
    };
    proto::Output output{free->program.output()};
    output.write("            TOTAL       USED       FREE\n");
    output.print("Memory {:>10} {:>10} {:>10}\n", shown(info.frames_total).view(),
                 shown(info.frames_total - info.frames_free).view(), shown(info.frames_free).view());
    return 0;
}
