// mem [-w]: shows memory, cores, time and messages; -w once what ended before has been taken apart.
#include "os/time.h"
#include "proto/arguments.h"
#include "proto/system.h"

using namespace pith;

namespace {

u64 frames_used(const abi::SystemEntry& info) { return info.frames_total - info.frames_free; }

/// The kernel takes apart in the background what has ended, on a core that has nothing else to do: waits
/// until nothing has come free for a while.
Result<> wait_for_frames(const os::System& system) {
    constexpr int rounds_of_rest = 50;
    u64 least = ~u64{0};
    for (int rest = 0; rest < rounds_of_rest; ++rest) {
        const u64 used = frames_used(TRY(system.info()));
        if (used < least) rest = 0;
        least = std::min(least, used);
        TRY(os::sleep(milliseconds(10)));
    }
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto [terminal, errors] = TRY(proto::Terminals::open(start));
    const auto arguments = proto::Arguments::parse(start, errors, "w", "mem [-w]");
    if (!arguments) return proto::status_misuse;
    if (!arguments->operands().empty()) {
        errors.write("usage: mem [-w]\n");
        return proto::status_misuse;
    }
    const auto system = proto::take_system(start, errors);
    if (!system) return 1;
    if (arguments->has('w')) TRY(wait_for_frames(*system));
    const auto info = TRY(system->info());
    constexpr u64 kib = page_size / 1024;
    terminal.print("memory: {} KiB, {} KiB used, {} KiB free\n", info.frames_total * kib,
                   frames_used(info) * kib, info.frames_free * kib);
    terminal.print("cores: {}, up {} ms, at most {} us for the kernel's lock\n", info.cores,
                   info.uptime / 1'000'000, info.longest_wait / 1000);
    terminal.print("messages: {} fast, {} slow\n", TRY(system->fast_calls()), info.slow_calls);
    return 0;
}
