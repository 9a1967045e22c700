// ktrace [on | off]: has the kernel note what it does, or shows what it noted, oldest first.
#include "abi/call_names.h"
#include "proto/arguments.h"
#include "proto/system.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace pith;

namespace {

/// Everything first, then its text: printing is something that the kernel notes, too.
Result<std::vector<abi::TraceEntry>> read_all(const os::System& system) {
    const u64 cores = TRY(system.info()).cores;
    std::vector<abi::TraceEntry> all;
    constexpr int most_rounds = 16; // while the kernel goes on noting, there is always more
    for (u64 core = 0; core < cores; ++core) {
        std::vector<abi::TraceEntry> own, merged;
        u64 position = 0;
        for (int round = 0; round < most_rounds; ++round) {
            std::array<abi::TraceEntry, abi::TraceRead::most> some;
            const u64 count = TRY(system.trace(core, position, some));
            own.insert(own.end(), some.begin(), some.begin() + count);
            if (count < some.size()) break;
        }
        constexpr auto time = &abi::TraceEntry::time;
        std::ranges::merge(all, own, std::back_inserter(merged), {}, time, time);
        all = std::move(merged);
    }
    return all;
}

class Names {
  public:
    explicit Names(const os::System& system) {
        for (u64 id = 1;; ++id) {
            const auto process = system.process(id);
            if (!process) return;
            id = process->id;
            processes_.push_back(*process);
        }
    }
    Text<40> of(u64 id) const {
        Text<40> text;
        const auto found = std::ranges::find(processes_, id, &abi::ProcessEntry::id);
        if (id == 0)
            text.append("idle");
        else if (found == processes_.end())
            text.format("process {}", id);
        else
            text.format("{}.{}", os::name_of(*found), id);
        return text;
    }

  private:
    std::vector<abi::ProcessEntry> processes_;
};

Text<100> describe(const abi::TraceEntry& entry, const Names& names) {
    Text<100> text;
    switch (static_cast<abi::TraceEvent>(entry.event)) {
    case abi::TraceEvent::none: break;
    case abi::TraceEvent::switched:
        text.format("runs after {}, priority {}", names.of(entry.what).view(), entry.value);
        break;
    case abi::TraceEvent::call: text.format("{} {:#x}", abi::name_of_call(entry.what), entry.value); break;
    case abi::TraceEvent::reply: text.format("replies to {}", names.of(entry.what).view()); break;
    case abi::TraceEvent::fault: text.format("fault {} at {:#x}", entry.what, entry.value); break;
    case abi::TraceEvent::interrupt: text.format("interrupt {}", entry.what); break;
    case abi::TraceEvent::timer: text.append("timer"); break;
    }
    return text;
}

Result<> show(const os::System& system, const proto::Terminal& terminal) {
    const auto entries = TRY(read_all(system));
    const Names names{system};
    std::string out;
    for (const abi::TraceEntry& entry : entries) {
        Text<160> line;
        line.format("[{:>6}.{:06}] {} {:<18} {}\n", entry.time / 1'000'000'000, entry.time / 1000 % 1'000'000,
                    entry.core, names.of(entry.process).view(), describe(entry, names).view());
        out += line.view();
    }
    terminal.write(out);
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto [terminal, errors] = TRY(proto::Terminals::open(start));
    const auto word = start.argument(1);
    if (start.argument_count() > 2 || (word && *word != "on" && *word != "off")) {
        errors.write("usage: ktrace [on | off]\n");
        return proto::status_misuse;
    }
    const auto system = proto::take_system(start, errors);
    if (!system) return 1;
    TRY(word ? system->set_tracing(*word == "on") : show(*system, terminal));
    return 0;
}
