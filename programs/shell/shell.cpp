#include "programs/shell/shell.h"

#include "base/environment.h"
#include "base/number.h"
#include "os/exit_status.h"
#include "programs/shell/expansion.h"
#include "proto/arguments.h"
#include "proto/directory.h"
#include "proto/path.h"

#include <algorithm>

namespace pith::shell {
namespace {

constexpr u64 status_not_found = 127;
constexpr u64 status_cannot_run = 126;

} // namespace

Result<Shell> Shell::create(os::Start& start, proto::Terminal terminal, bool interactive) {
    Shell shell{std::move(terminal), TRY(Launcher::create(start)), TRY(os::Notification::create())};
    for (std::string_view rest = start.environment(); !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (const std::size_t equals = line.find('='); equals != std::string_view::npos)
            shell.variables_[std::string{line.substr(0, equals)}] = line.substr(equals + 1);
    }
    shell.variables_.try_emplace("HOME", "/home");
    shell.interactive_ = interactive;
    return shell;
}

void Shell::watch_interrupt(bool watching) const {
    if (!interactive_) return;
    const auto signal_only = events_.copy(abi::rights::notification::signal | abi::rights::copy);
    if (!signal_only) return;
    const proto::console::WatchInterrupt watch{.bits = watching ? control_c : 0};
    static_cast<void>(terminal_.client().call(watch, *signal_only)); // without it, Ctrl-C does nothing
}

Shell::Foreground::~Foreground() {
    shell_.watch_interrupt(false);
    // A Ctrl-C that came too late for this job is not for the next.
    static_cast<void>(shell_.events_.wait(Instant{}));
}

std::string Shell::variable(const std::string& name) const {
    if (name == "?") return std::string{Text<20>{}.format("{}", status_).view()};
    if (name == "pwd") return directory_;
    const auto found = variables_.find(name);
    return found == variables_.end() ? "" : found->second;
}

std::vector<std::string> Shell::names_in(std::string_view directory) const {
    std::vector<std::string> names;
    const auto found = proto::read_directory(launcher_.files(), proto::absolute_path(directory_, directory));
    if (found)
        for (const proto::Name& name : *found)
            names.push_back(name.name);
    return names;
}

Names Shell::names_for(const Unfinished& unfinished) const {
    Names names;
    if (unfinished.is_command) names = builtin_names();
    const std::string_view directory =
        unfinished.is_command ? "/bin" : std::string_view{unfinished.directory};
    const bool at_home = directory.starts_with("~/");
    const auto found =
        proto::read_directory(launcher_.files(), proto::absolute_path(at_home ? variable("HOME") : directory_,
                                                                      directory.substr(at_home ? 2 : 0)));
    if (!found) return names;
    for (const proto::Name& name : *found)
        names.push_back(name.is(proto::file::Kind::directory) ? name.name + "/" : name.name);
    return names;
}

void Shell::sync_files() const {
    static_cast<void>(launcher_.files().sync(
        [this](const auto& mount, Error error) { complain("{}: {}", mount.path, error); }));
}

void Shell::run_line(std::string_view line) {
    if (depth_ == 0) interrupted_ = false;
    const auto pipelines = parse_line(line);
    if (!pipelines) {
        complain("shell: {}", pipelines.error());
        status_ = proto::status_misuse;
        return;
    }
    for (const Pipeline& pipeline : *pipelines) {
        const bool skipped = (pipeline.condition == Pipeline::Condition::after_success && status_ != 0) ||
                             (pipeline.condition == Pipeline::Condition::after_failure && status_ == 0);
        if (skipped) continue;
        launcher_.refresh();
        run(pipeline);
        if (ended_ || interrupted_) return; // Ctrl-C is meant for all that was typed
    }
}

Words Shell::expanded(const Command& command) const {
    Expansion expansion{*this};
    Words words;
    for (const Word& word : std::span{command.words}.subspan(assignments_of(command).size()))
        words.append_range(expansion.expand(word));
    return words;
}

std::string Shell::environment_for(const Command& command) const {
    Variables variables = variables_;
    for (auto& [name, value] : assignments_of(command))
        variables[name] = std::move(value);
    variables["pwd"] = directory_;
    std::string environment;
    for (const auto& [name, value] : variables)
        environment.append(name).append("=").append(value).append("\n");
    return environment;
}

void Shell::run(const Pipeline& pipeline) {
    if (pipeline.commands.size() == 1 && pipeline.commands[0].redirections.empty()) {
        if (run_assignments(pipeline.commands[0])) return;
        const Words words = expanded(pipeline.commands[0]);
        if (words.empty()) return;
        if (const auto status = run_builtin(words)) {
            status_ = *status;
            return;
        }
    }
    if (pipeline.background) return run_in_background(pipeline);
    const Foreground foreground{*this};
    Job job;
    start_programs(pipeline, job);
    status_ = finish(job);
}

void Shell::run_in_background(const Pipeline& pipeline) {
    Job job;
    start_programs(pipeline, job);
    for (const Job& other : jobs_)
        job.number = std::max(job.number, other.number);
    ++job.number;
    if (interactive_) terminal_.print("[{}]\n", job.number);
    jobs_.push_back(std::move(job));
    status_ = 0;
}

Shell::Assignments Shell::assignments_of(const Command& command) const {
    Assignments values;
    for (const Word& word : command.words) {
        const std::string& first = word.front().text;
        const std::size_t equals = first.find('=');
        const std::string_view name = std::string_view{first}.substr(0, equals);
        if (word.front().kind != Part::Kind::text || equals == std::string::npos || !is_name(name)) break;
        const std::string value = Expansion{*this}.join(word);
        values.emplace_back(name, value.substr(equals + 1));
    }
    return values;
}

bool Shell::run_assignments(const Command& command) {
    Assignments values = assignments_of(command);
    if (values.size() != command.words.size()) return false;
    for (auto& [name, value] : values)
        variables_[name] = std::move(value);
    status_ = 0;
    return true;
}

Result<> Shell::redirect(const Command& command, Streams& streams, Job& job) const {
    for (const Redirection& redirection : command.redirections) {
        const std::string target = Expansion{*this}.join(redirection.target);
        auto end = redirected(redirection, target, streams);
        if (!end) {
            complain("shell: {}: {}", target, end.error());
            return fail(end.error());
        }
        if (redirection.kind == Redirection::Kind::output || redirection.kind == Redirection::Kind::append)
            job.files.push_back({target, TRY(end->copy())});
        switch (redirection.stream) {
        case Redirection::Stream::input: streams.input = *std::move(end); break;
        case Redirection::Stream::output: streams.output = *std::move(end); break;
        case Redirection::Stream::errors: streams.errors = *std::move(end); break;
        }
    }
    return {};
}

/// Empty: it is the terminal.
Result<os::Endpoint> Shell::redirected(const Redirection& redirection, std::string_view target,
                                       const Streams& streams) const {
    const auto like = [](const os::Endpoint& other) { return other ? other.copy() : os::Endpoint{}; };
    switch (redirection.kind) {
    case Redirection::Kind::like_output: return like(streams.output);
    case Redirection::Kind::like_errors: return like(streams.errors);
    case Redirection::Kind::input:
    case Redirection::Kind::output:
    case Redirection::Kind::append: break;
    }
    return launcher_.redirect(redirection.kind, proto::absolute_path(directory_, target));
}

/// Programs need not look whether what they print is written down.
void Shell::check_files(Job& job) const {
    for (WrittenFile& file : std::exchange(job.files, {})) {
        const proto::console::Client stream{std::move(file.stream)};
        const auto asked = stream.call(proto::console::Write{});
        if (asked) continue;
        terminal_.print("shell: {}: {}\n", file.name, asked.error());
        if (job.status == 0) job.status = 1;
    }
}

void Shell::start_programs(const Pipeline& pipeline, Job& job) {
    os::Endpoint input;
    for (const Command& command : pipeline.commands) {
        Streams streams;
        streams.input = std::move(input);
        input = {};
        if (&command != &pipeline.commands.back()) {
            auto pipe = launcher_.make_pipe();
            if (!pipe) {
                complain("shell: pipe: {}", pipe.error());
                job.status = status_cannot_run;
                return;
            }
            streams.output = std::move((*pipe)[0]);
            input = std::move((*pipe)[1]);
        }
        start_program(command, std::move(streams), job);
        errors_.reset();
    }
}

/// `pin CORE` in front of a command is taken away, and the core returned.
std::optional<u64> Shell::take_core(Words& words) {
    if (words[0] != "pin") return abi::any_core;
    if (words.size() < 3) return std::nullopt;
    const auto core = parse_number(words[1]);
    words.erase(words.begin(), words.begin() + 2);
    return core;
}

void Shell::start_program(const Command& command, Streams streams, Job& job) {
    job.status = 0;
    if (!redirect(command, streams, job)) {
        job.status = 1;
        return;
    }
    if (streams.errors)
        if (auto errors = streams.errors.copy()) errors_.emplace(proto::console::Client{*std::move(errors)});
    Words words = expanded(command);
    if (words.empty()) return; // `> file` only makes the file
    if (const auto status = run_builtin_with(words, streams)) {
        job.status = *status;
        return;
    }
    const auto core = take_core(words);
    if (!core) {
        complain("pin: usage: pin CORE COMMAND");
        job.status = proto::status_misuse;
        return;
    }
    const auto file = launcher_.find(words[0], directory_);
    if (!file) {
        const bool no_such = file.error() == Error::not_found;
        complain("{}: {}", words[0], no_such ? "command not found" : describe(file.error()));
        job.status = no_such ? status_not_found : status_cannot_run;
        return;
    }
    const std::string environment = environment_for(command);
    auto running = launcher_.start({.file = *file,
                                    .words = words,
                                    .streams = streams,
                                    .terminal = terminal_,
                                    .directory = held_directory_,
                                    .environment = environment,
                                    .core = *core});
    if (!running) {
        const bool is_program = running.error() != Error::bad_format && running.error() != Error::end_of_data;
        complain("{}: cannot run: {}", words[0],
                 is_program ? describe(running.error()) : "it is no program (`. FILE` runs a script)");
        job.status = status_cannot_run;
        return;
    }
    // Where it cannot be observed, its end is seen when another one ends, or the next line is typed.
    static_cast<void>(running->process.observe(events_, child_ended));
    job.programs.push_back(*std::move(running));
}

u64 Shell::finish(Job& job) {
    for (u64 i = 0; i < job.programs.size();) {
        const Running& program = job.programs[i];
        if (const auto end = program.process.status()) {
            if (end->kind != static_cast<u64>(abi::ExitKind::exited))
                terminal_.print("{}: {}\n", program.name, os::describe_end(*end));
            if (++i == job.programs.size() && job.status == 0) job.status = os::shell_status(*end);
            continue;
        }
        const auto bits = events_.wait();
        if (!bits) break;
        if ((*bits & control_c) == 0) continue;
        interrupted_ = true;
        for (const Running& interrupted : job.programs)
            static_cast<void>(interrupted.process.kill()); // it may just have ended
    }
    check_files(job);
    launcher_.clean_up(job.programs);
    return job.status;
}

void Shell::report_jobs() {
    for (auto job = jobs_.begin(); job != jobs_.end();) {
        const bool runs =
            std::ranges::any_of(job->programs, [](const Running& r) { return !r.process.status(); });
        if (runs) {
            ++job;
            continue;
        }
        if (interactive_) terminal_.print("[{}] done\n", job->number);
        check_files(*job);
        launcher_.clean_up(job->programs);
        job = jobs_.erase(job);
    }
}

} // namespace pith::shell
