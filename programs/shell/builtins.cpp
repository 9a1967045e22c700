// The commands that are the shell's own, because they change or show what only the shell has.
#include "base/bytes.h"
#include "base/number.h"
#include "programs/shell/shell.h"
#include "proto/arguments.h"
#include "proto/path.h"

#include <algorithm>

namespace pith::shell {
namespace {

struct Builtin {
    std::string_view name;
    u64 (Shell::*run)(const Words& words, std::string& out);
    bool only_prints; ///< so it can stand in a pipe, or be redirected
};

/// Where behind a signal, or `--`, stands whom to kill; nothing: it means none that there is here.
std::optional<std::size_t> first_to_kill(const Words& words) {
    if (words.size() < 2 || !words[1].starts_with('-')) return 1;
    const bool apart = words[1] == "-s" && words.size() > 2;
    std::string_view signal = apart ? std::string_view{words[2]} : std::string_view{words[1]}.substr(1);
    if (signal.starts_with("SIG")) signal.remove_prefix(3);
    constexpr std::array<std::string_view, 5> ends{"9", "KILL", "15", "TERM", "-"};
    if (!std::ranges::contains(ends, signal)) return std::nullopt;
    return apart ? 3 : 2;
}

} // namespace

struct Builtins {
    static constexpr auto all = std::to_array<Builtin>({{"cd", &Shell::change_directory, false},
                                                        {"exit", &Shell::exit, false},
                                                        {".", &Shell::run_script, false},
                                                        {"jobs", &Shell::list_jobs, true},
                                                        {"wait", &Shell::wait_for_jobs, false},
                                                        {"kill", &Shell::kill, true},
                                                        {"set", &Shell::list_variables, true},
                                                        {"export", &Shell::set_variables, true},
                                                        {"unset", &Shell::unset, false}});
};

Names Shell::builtin_names() {
    Names names;
    for (const Builtin& one : Builtins::all)
        names.emplace_back(one.name);
    return names;
}

std::optional<u64> Shell::run_builtin(const Words& words) {
    const auto* const found = std::ranges::find(Builtins::all, words[0], &Builtin::name);
    if (found == Builtins::all.end()) return std::nullopt;
    std::string out;
    const u64 status = (this->*found->run)(words, out);
    terminal_.write(out);
    return status;
}

std::optional<u64> Shell::run_builtin_with(const Words& words, const Streams& streams) {
    const auto* const found = std::ranges::find(Builtins::all, words[0], &Builtin::name);
    if (found == Builtins::all.end()) return std::nullopt;
    if (!found->only_prints && (streams.input || streams.output)) {
        complain("{}: it is the shell's own: not in a pipe, and not redirected", words[0]);
        return proto::status_misuse;
    }
    std::string out;
    const u64 status = (this->*found->run)(words, out);
    if (!streams.output) {
        terminal_.write(out);
        return status;
    }
    // Where nobody reads the pipe any more, the shell goes on.
    if (auto output = streams.output.copy())
        static_cast<void>(proto::Terminal{proto::console::Client{*std::move(output)}}.try_write(out));
    return status;
}

u64 Shell::change_directory(const Words& words, std::string& out) {
    if (words.size() > 2) {
        complain("cd: too many arguments");
        return proto::status_misuse;
    }
    const std::string where = words.size() == 1 ? variable("HOME") : words[1];
    if (where == "-") out = former_directory_ + "\n";
    const std::string path = where == "-" ? former_directory_ : proto::absolute_path(directory_, where);
    auto there = launcher_.files().open(path, proto::file::open_flags::directory);
    if (!there) {
        complain("cd: {}: {}", path, there.error());
        return 1;
    }
    former_directory_ = std::exchange(directory_, path);
    held_directory_ = os::Endpoint{there->client.release()};
    return 0;
}

u64 Shell::exit(const Words& words, std::string& /*out*/) {
    u64 status = status_;
    if (words.size() > 2) {
        complain("exit: too many arguments");
        return proto::status_misuse;
    }
    if (words.size() > 1) {
        const auto number = parse_number(words[1]);
        if (!number || *number > 255) {
            complain("exit: {}: a status is 0 to 255", words[1]);
            return proto::status_misuse;
        }
        status = *number;
    }
    ended_ = true;
    return status;
}

u64 Shell::run_script(const Words& words, std::string& /*out*/) {
    if (words.size() != 2 || depth_ == deepest_script) {
        complain(".: {}", depth_ == deepest_script ? "scripts run scripts too deeply" : "which file?");
        return proto::status_misuse;
    }
    const auto file = launcher_.files().open(proto::absolute_path(directory_, words[1]));
    const auto text = file ? proto::LoadedFile::load(*file) : fail(file.error());
    if (!text) {
        complain(".: {}: {}", words[1], text.error());
        return 1;
    }
    std::string_view rest = as_text(text->bytes());
    status_ = 0;
    ++depth_;
    while (!rest.empty() && !ended_ && !interrupted_) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        run_line(line);
    }
    --depth_;
    return status_;
}

u64 Shell::list_jobs(const Words& /*words*/, std::string& out) {
    for (const Job& job : jobs_) {
        Text<24> number;
        out += number.format("[{}]", job.number).view();
        for (const Running& program : job.programs)
            out.append(" ").append(program.name);
        out += '\n';
    }
    return 0;
}

u64 Shell::wait_for_jobs(const Words& /*words*/, std::string& /*out*/) {
    const Foreground foreground{*this};
    u64 status = 0;
    for (Job& job : jobs_)
        status = finish(job);
    jobs_.clear();
    return status;
}

u64 Shell::list_variables(const Words& /*words*/, std::string& out) {
    for (const auto& [variable, value] : variables_)
        out.append(variable).append("=").append(value).append("\n");
    return 0;
}

/// `export`: programs find all variables in their environment anyway.
u64 Shell::set_variables(const Words& words, std::string& out) {
    if (words.size() == 1) return list_variables(words, out);
    u64 status = 0;
    for (const std::string& word : std::span{words}.subspan(1)) {
        const std::size_t equals = word.find('=');
        if (!is_name(word.substr(0, equals))) {
            complain("export: usage: export [NAME[=VALUE]…]");
            status = proto::status_misuse;
        } else if (equals != std::string::npos) {
            variables_[word.substr(0, equals)] = word.substr(equals + 1);
        }
    }
    return status;
}

u64 Shell::unset(const Words& words, std::string& /*out*/) {
    for (const std::string& name : std::span{words}.subspan(1))
        variables_.erase(name);
    return 0;
}

u64 Shell::kill(const Words& words, std::string& out) {
    if (words.size() == 2 && words[1] == "-l") {
        out = "KILL TERM\n"; // the same: there is one way to end a process, which hears nothing of it
        return 0;
    }
    const auto first = first_to_kill(words);
    if (!first || *first >= words.size()) {
        complain("kill: {}",
                 first ? "usage: kill [-9] ID… | kill %JOB… | kill -l"
                       : "there are no signals, but KILL and TERM, which both end a process at once");
        return proto::status_misuse;
    }
    u64 status = 0;
    for (const std::string& name : std::span{words}.subspan(*first)) {
        const auto ended = name.starts_with('%') ? kill_job(name.substr(1)) : kill_process(name);
        if (ended) continue;
        const bool no_such = ended.error() == Error::not_found;
        const std::string_view why = !no_such                ? describe(ended.error())
                                     : name.starts_with('%') ? "no such job"
                                                             : "no such process";
        complain("kill: {}: {}", name, why);
        status = 1;
    }
    return status;
}

Result<> Shell::kill_job(std::string_view text) const {
    const auto number = parse_number(text);
    if (!number) return fail(Error::bad_argument);
    const auto job = std::ranges::find(jobs_, *number, &Job::number);
    if (job == jobs_.end()) return fail(Error::not_found);
    for (const Running& program : job->programs)
        static_cast<void>(program.process.kill()); // it may just have ended
    return {};
}

/// The shell holds what it started itself, and may ask those who look after services and drivers.
Result<> Shell::kill_process(std::string_view text) const {
    const auto number = parse_number(text);
    if (!number) return fail(Error::bad_argument);
    for (const Job& job : jobs_)
        for (const Running& program : job.programs)
            if (program.process.is(*number)) return program.process.kill();
    return launcher_.end_process(*number);
}

} // namespace pith::shell
