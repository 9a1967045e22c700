// dmesg [-w]: shows the kernel's log, as far back as it is kept; -w goes on with what comes, until Ctrl-C.
#include "os/time.h"
#include "proto/output.h"
#include "proto/system.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto dmesg = TRY(proto::Utility::open(start, "w", "dmesg [-w]", 0, 0));
    if (!dmesg) return proto::status_misuse;
    const auto system = proto::take_system(start, dmesg->program.errors());
    if (!system) return 1;
    proto::Output output{dmesg->program.output()};
    for (u64 position = 0;;) {
        std::string all; // first, because somebody may log what is printed
        for (;;) {
            const std::string some = TRY(system->log(position));
            if (some.empty()) break;
            all += some;
        }
        output.write(all);
        if (!dmesg->arguments.has('w')) return 0;
        output.flush();
        TRY(os::sleep(milliseconds(200)));
    }
}
