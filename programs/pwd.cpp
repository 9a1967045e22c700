// pwd: prints the directory that it was started in.
#include "base/environment.h"
#include "proto/terminal.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    terminal.print("{}\n", Environment{start.environment()}.get("pwd").value_or("/"));
    return 0;
}
