// mem: shows memory, cores, time and messages.
#include "os/system.h"
#include "proto/terminal.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    const auto system = start.take<os::System>("system");
    if (!system) {
        terminal.write("mem: permission denied\n");
        return 1;
    }
    const auto info = TRY(system->info());
    constexpr u64 kib = page_size / 1024;
    const u64 used = info.frames_total - info.frames_free;
    terminal.print("memory: {} KiB, {} KiB used, {} KiB free\n", info.frames_total * kib, used * kib,
                   info.frames_free * kib);
    terminal.print("cores: {}, up {} ms\n", info.cores, info.uptime / 1'000'000);
    terminal.print("messages: {} fast, {} slow\n", info.fast_calls, info.slow_calls);
    return 0;
}
