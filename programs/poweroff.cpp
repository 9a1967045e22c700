#include "os/system.h"
#include "proto/terminal.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::open(start));
    const auto system = start.take<os::System>("system");
    const auto done = system ? system->power(abi::PowerAction::off) : Result<>{fail(Error::denied)};
    if (!done) terminal.print("poweroff: {}\n", done.error());
    return 1;
}
