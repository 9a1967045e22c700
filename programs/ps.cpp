// ps: lists all processes. `aux`, `-e`, `-A` and `-f` ask for what it shows anyway.
#include "proto/arguments.h"
#include "proto/system.h"

#include <bit>
#include <string>

using namespace pith;

namespace {

/// "any", or the numbers of those that its threads are pinned to.
std::string cores_of(const abi::ProcessEntry& process, u64 all) {
    if (process.cores == all) return "any";
    std::string text;
    for (u64 left = process.cores; left != 0; left &= left - 1) {
        Text<8> number;
        number.format("{}{}", text.empty() ? "" : ",", std::countr_zero(left));
        text += number.view();
    }
    return text;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto [terminal, errors] = TRY(proto::Terminals::open(start));
    for (u64 i = 1; i < start.argument_count(); ++i) {
        const std::string_view argument = *start.argument(i);
        if (argument == "aux" || argument == "ax" ||
            (argument.starts_with('-') && argument.find_first_not_of("-eAfaux") == std::string_view::npos))
            continue;
        errors.write("usage: ps [-e | -A | -f | aux]\n");
        return proto::status_misuse;
    }
    const auto system = proto::take_system(start, errors);
    if (!system) return 1;
    const u64 all_cores = ~u64{0} >> (64 - TRY(system->info()).cores);
    std::string out = "   ID NAME             THREADS    MEMORY  TIME (ms)     CALLS      SLOW CORES\n";
    for (u64 id = 1;; ++id) {
        const auto process = system->process(id);
        if (!process) break;
        id = process->id;
        if (process->state != 0) continue; // ended, but somebody still holds a handle
        Text<120> line;
        const std::string cores = cores_of(*process, all_cores);
        line.format("{:>5} {:<16} {:>7} {:>5} KiB {:>10} {:>9} {:>9} {}\n", id, os::name_of(*process),
                    process->threads, process->frames * (page_size / 1024), process->cpu_time / 1'000'000,
                    process->calls, process->slow_calls, std::string_view{cores});
        out += line.view();
    }
    terminal.write(out);
    return 0;
}
