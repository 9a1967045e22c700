// sleep SECONDS: waits.
#include "base/number.h"
#include "os/time.h"
#include "proto/arguments.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::open(start));
    const auto seconds = parse_number(start.argument(1).value_or(""));
    constexpr u64 most = 1'000'000'000;
    if (start.argument_count() != 2 || !seconds || *seconds > most) {
        terminal.write("usage: sleep SECONDS\n");
        return proto::status_misuse;
    }
    TRY(os::sleep(milliseconds(*seconds * 1000)));
    return 0;
}
