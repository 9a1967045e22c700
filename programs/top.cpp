// top [[-n] ROUNDS]: what each process did within a second, the busiest first. At a terminal it goes on, one
// picture in the place of the one before, until `q` is typed or so many rounds are over; else one round will
// do.
#include "base/number.h"
#include "proto/arguments.h"
#include "proto/system.h"

#include <algorithm>
#include <optional>
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

struct Picture {
    abi::SystemEntry system;
    u64 passed; ///< nanoseconds
    std::vector<abi::ProcessEntry> processes;
};

/// A terminal that somebody looks at, and types at.
class Viewer {
  public:
    explicit Viewer(const proto::Terminal& terminal, u64 rows) : terminal_{terminal}, rows_{rows} {
        set(proto::console::InputMode::raw);
        terminal_.write("\x1b[2J");
    }
    Viewer(const Viewer&) = delete;
    ~Viewer() { set(proto::console::InputMode::edited); }

    [[nodiscard]] u64 rows() const { return rows_; }
    [[nodiscard]] bool wants_to_leave() const {
        const auto typed = terminal_.client().call(proto::console::ReadTyped{.most = 64});
        return typed && typed->bytes.view().find_first_of("qQ") != std::string_view::npos;
    }

  private:
    void set(proto::console::InputMode mode) const {
        const proto::console::SetInput message{.mode = static_cast<u64>(mode)};
        static_cast<void>(terminal_.client().call(message)); // then `q` comes with the line that it stands in
    }

    const proto::Terminal& terminal_;
    u64 rows_;
};

/// False: somebody does not want to see any more.
Result<bool> wait_a_second(const Instant& begin, const Viewer* viewer) {
    constexpr u64 parts = 10;
    for (u64 part = 1; part <= parts; ++part) {
        TRY(os::invoke(abi::Sleep{begin + milliseconds(1000 / parts * part)}));
        if (viewer != nullptr && viewer->wants_to_leave()) return false;
    }
    return true;
}

Result<std::optional<Picture>> next_picture(const os::System& system, const Viewer* viewer) {
    const auto before = look(system);
    const u64 begin = TRY(system.info()).uptime;
    if (!TRY(wait_a_second(Instant{{begin}}, viewer))) return std::optional<Picture>{};
    Picture picture{.system = TRY(system.info()), .passed = 0, .processes = look(system)};
    picture.passed = std::max<u64>(picture.system.uptime - begin, 1);
    subtract(picture.processes, before);
    std::ranges::sort(picture.processes, std::ranges::greater{}, &abi::ProcessEntry::cpu_time);
    return picture;
}

std::vector<std::string> lines_of(const Picture& picture) {
    const u64 seconds = picture.system.uptime / 1'000'000'000;
    u64 busy = 0;
    for (const abi::ProcessEntry& process : picture.processes)
        busy += process.cpu_time;
    const u64 share = busy * 100 / (picture.passed * picture.system.cores);
    Text<120> line;
    constexpr u64 kib = page_size / 1024;
    std::vector<std::string> lines;
    line.format("up {}:{:02}:{:02}, {} cores {} % busy, {} processes, {} of {} KiB free", seconds / 3600,
                seconds / 60 % 60, seconds % 60, picture.system.cores, std::min<u64>(share, 100),
                picture.processes.size(), picture.system.frames_free * kib,
                picture.system.frames_total * kib);
    lines.emplace_back(line.view());
    lines.emplace_back("   ID NAME              CPU %    MEMORY    CALLS/s     SLOW/s");
    for (const abi::ProcessEntry& process : picture.processes) {
        const u64 part = process.cpu_time * 1000 / picture.passed;
        const auto each_second = [&](u64 calls) { return calls * 1'000'000'000 / picture.passed; };
        Text<120> row;
        row.format("{:>5} {:<16} {:>4}.{} {:>5} KiB {:>10} {:>10}", process.id, os::name_of(process),
                   part / 10, part % 10, process.frames * (page_size / 1024), each_second(process.calls),
                   each_second(process.slow_calls));
        lines.emplace_back(row.view());
    }
    return lines;
}

void show(const proto::Terminal& terminal, std::vector<std::string> lines, const Viewer* viewer) {
    std::string out = viewer != nullptr ? "\x1b[H" : "";
    if (viewer != nullptr && lines.size() >= viewer->rows()) lines.resize(viewer->rows() - 1);
    for (const std::string& line : lines)
        out += line + (viewer != nullptr ? "\x1b[K\n" : "\n");
    terminal.write(out + (viewer != nullptr ? "\x1b[J" : ""));
}

/// Nothing: what it prints goes into a file or to a program.
std::optional<u64> rows_of_viewer(const proto::Terminal& terminal) {
    const auto mode = terminal.client().call(proto::console::GetMode{});
    if (!mode || mode->mode != static_cast<u64>(proto::console::Mode::terminal)) return std::nullopt;
    constexpr u64 usual = 24, least = 4;
    return mode->rows == 0 ? usual : std::max(mode->rows, least);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto [terminal, errors] = TRY(proto::Terminals::open(start));
    constexpr std::string_view usage = "top [[-n] ROUNDS]";
    const auto arguments = proto::Arguments::parse(start, errors, "n:", usage);
    if (!arguments) return proto::status_misuse;
    const auto system = proto::take_system(start, errors);
    if (!system) return 1;
    const auto rows = rows_of_viewer(terminal);
    const auto& operands = arguments->operands();
    const auto said = operands.empty() ? arguments->value('n') : std::optional{operands[0]};
    const u64 rounds = said ? parse_number(*said).value_or(0) : rows ? ~u64{0} : 1;
    if (rounds == 0 || operands.size() > 1) {
        errors.print("usage: {}\n", usage);
        return proto::status_misuse;
    }
    std::optional<Viewer> viewer;
    if (rows) viewer.emplace(terminal, *rows);
    const Viewer* const watching = viewer ? &*viewer : nullptr;
    for (u64 round = 0; round < rounds; ++round) {
        const auto picture = TRY(next_picture(*system, watching));
        if (!picture) break;
        show(terminal, lines_of(*picture), watching);
    }
    return 0;
}
