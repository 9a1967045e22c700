// dmesg: shows the kernel's log, as far back as it is kept.
#include "proto/output.h"
#include "proto/system.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto dmesg = TRY(proto::Utility::open(start, "", "dmesg", 0, 0));
    if (!dmesg) return proto::status_misuse;
    const auto system = proto::take_system(start, dmesg->program.terminal());
    if (!system) return 1;
    std::string all; // first, because somebody may log what is printed
    for (u64 position = 0;;) {
        const std::string some = TRY(system->log(position));
        if (some.empty()) break;
        all += some;
    }
    proto::Output output{dmesg->program.output()};
    output.write(all);
    return 0;
}
