// echo [-n] WORDS…: prints them; -n without a new line.
#include "proto/terminal.h"

#include <string>

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    const bool ends_line = start.argument(1) != "-n";
    const u64 first = ends_line ? 1 : 2;
    std::string line;
    for (u64 i = first; i < start.argument_count(); ++i) {
        if (i > first) line += ' ';
        line += *start.argument(i);
    }
    if (ends_line) line += '\n';
    terminal.write(line);
    return 0;
}
