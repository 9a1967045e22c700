// echo WORDS…: prints them.
#include "proto/terminal.h"

#include <string>

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    std::string line;
    for (u64 i = 1; i < start.argument_count(); ++i) {
        if (i > 1) line += ' ';
        line += *start.argument(i);
    }
    line += '\n';
    terminal.write(line);
    return 0;
}
