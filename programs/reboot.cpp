// reboot: starts the machine anew, once all that was written is safe.
#include "os/system.h"
#include "proto/arguments.h"
#include "proto/file_space.h"
#include "proto/terminal.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::errors(start));
    if (start.argument_count() > 1) {
        terminal.write("usage: reboot\n");
        return proto::status_misuse;
    }
    if (const auto files = proto::FileSpace::open(start))
        static_cast<void>(files->sync([&](const auto& mount, Error error) {
            terminal.print("reboot: what was written to {} may be lost: {}\n", mount.path, error);
        }));
    const auto system = start.take<os::System>("system");
    const auto done = system ? system->power(abi::PowerAction::reboot) : Result<>{fail(Error::denied)};
    if (!done) terminal.print("reboot: {}\n", done.error());
    return 1;
}
