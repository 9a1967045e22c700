// top [ROUNDS]: what each process did within a second, the busiest first.
#include "base/number.h"
#include "proto/arguments.h"
#include "proto/system.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace pith;

namespace {

std::vector<abi::ProcessEntry> look(const os::System& system) {
    std::vector<abi::ProcessEntry> all;
    for (u64 id = 1;; ++id) {
        const auto process = system.process(id);
        if (!process) return all;
        id = process->id;
        if (process->state == 0) all.push_back(*process);
    }
}

/// What is more now than it was, in `after`.
void subtract(std::vector<abi::ProcessEntry>& after, const std::vector<abi::ProcessEntry>& before) {
    for (abi::ProcessEntry& entry : after) {
        const auto old = std::ranges::find(before, entry.id, &abi::ProcessEntry::id);
        if (old == before.end()) continue;
        entry.cpu_time -= old->cpu_time;
        entry.calls -= old->calls;
        entry.slow_calls -= old->slow_calls;
    }
}

Result<> one_round(const os::System& system, const proto::Terminal& terminal) {
    const auto before = look(system);
    const u64 begin = TRY(system.info()).uptime;
    TRY(os::invoke(abi::Sleep{Instant{{begin}} + milliseconds(1000)}));
    auto processes = look(system);
    const u64 passed = std::max<u64>(TRY(system.info()).uptime - begin, 1);
    subtract(processes, before);
    std::ranges::sort(processes, std::ranges::greater{}, &abi::ProcessEntry::cpu_time);
    std::string out = "   ID NAME              CPU %    MEMORY    CALLS/s     SLOW/s\n";
    for (const abi::ProcessEntry& process : processes) {
        const u64 share = process.cpu_time * 1000 / passed;
        const auto each_second = [&](u64 count) { return count * 1'000'000'000 / passed; };
        Text<120> line;
        line.format("{:>5} {:<16} {:>4}.{} {:>5} KiB {:>10} {:>10}\n", process.id, os::name_of(process),
                    share / 10, share % 10, process.frames * (page_size / 1024), each_second(process.calls),
                    each_second(process.slow_calls));
        out += line.view();
    }
    terminal.write(out);
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    const auto system = proto::take_system(start, terminal);
    if (!system) return 1;
    const u64 rounds = parse_number(start.argument(1).value_or("1")).value_or(0);
    if (rounds == 0) {
        terminal.write("usage: top [ROUNDS]\n");
        return proto::status_misuse;
    }
    for (u64 round = 0; round < rounds; ++round)
        TRY(one_round(*system, terminal));
    return 0;
}
