// clear: clears the terminal.
#include "proto/terminal.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    terminal.write("\x1b[H\x1b[2J\x1b[3J");
    return 0;
}
