// ps: lists processes.
#include "proto/system.h"

#include <string>

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    const auto system = proto::take_system(start, terminal);
    if (!system) return 1;
    std::string out = "   ID NAME             THREADS    MEMORY  TIME (ms)     CALLS      SLOW\n";
    for (u64 id = 1;; ++id) {
        const auto process = system->process(id);
        if (!process) break;
        id = process->id;
        if (process->state != 0) continue; // ended, but somebody still holds a handle
        Text<120> line;
        line.format("{:>5} {:<16} {:>7} {:>5} KiB {:>10} {:>9} {:>9}\n", id, os::name_of(*process),
                    process->threads, process->frames * (page_size / 1024), process->cpu_time / 1'000'000,
                    process->calls, process->slow_calls);
        out += line.view();
    }
    terminal.write(out);
    return 0;
}
