#include "programs/shell/shell.h"

#include "os/exit_status.h"
#include "proto/path.h"

#include <algorithm>
#include <charconv>

namespace pith::shell {
namespace {

constexpr u64 status_not_found = 127;
constexpr u64 status_cannot_run = 126;
constexpr u64 status_misuse = 2;

/// What a program may have of its own: its share of the shell's memory.
constexpr PageCount program_memory = pages(2048);

/// Which programs get a part of the shell's System handle, and which part. All others get none.
struct SystemGrant {
    std::string_view program;
    abi::Rights rights;
};
constexpr std::array system_grants{
    SystemGrant{"poweroff", abi::rights::system::power},
    SystemGrant{"reboot", abi::rights::system::power},
    SystemGrant{"ps", abi::rights::system::list},
    SystemGrant{"mem", abi::rights::system::list},
    // Tests of devices' authority, where the shell has it: not in the shipped system.
    SystemGrant{"porttest", abi::rights::system::devices},
    SystemGrant{"devtest", abi::rights::system::devices},
    SystemGrant{"top", abi::rights::system::list},
    SystemGrant{"ktrace", abi::rights::system::list | abi::rights::system::trace},
};

} // namespace

Result<Shell> Shell::create(os::Start& start, proto::Terminal terminal, bool interactive) {
    Shell shell{std::move(terminal), TRY(start.take<proto::file::Client>("files")),
                TRY(start.take<os::Budget>("budget")), TRY(os::Notification::create())};
    if (auto system = start.take_any("system")) shell.system_ = *std::move(system);
    shell.environment_ = start.environment();
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

void Shell::run_line(std::string_view line) {
    const auto commands = parse_line(line, status_);
    if (!commands) {
        terminal_.print("shell: {}\n", commands.error());
        status_ = status_misuse;
        return;
    }
    for (const Words& words : *commands) {
        if (ended_) return;
        run(words);
    }
}

void Shell::run(const Words& words) {
    const std::optional<u64> builtin = run_builtin(words);
    status_ = builtin ? *builtin : run_program(words);
}

std::optional<u64> Shell::run_builtin(const Words& words) {
    if (words[0] == "cd") return change_directory(words);
    if (words[0] == "exit") return exit(words);
    if (words[0] == "pwd") {
        terminal_.print("{}\n", directory_);
        return 0;
    }
    return std::nullopt;
}

u64 Shell::change_directory(const Words& words) {
    if (words.size() > 2) {
        terminal_.write("cd: too many arguments\n");
        return status_misuse;
    }
    const std::string path = proto::absolute_path(directory_, words.size() == 2 ? words[1] : "/");
    const auto there = proto::open(root_, path);
    if (!there || !there->is_directory()) {
        terminal_.print("cd: {}: {}\n", path, there ? Error::not_directory : there.error());
        return 1;
    }
    directory_ = path;
    return 0;
}

u64 Shell::exit(const Words& words) {
    u64 status = status_;
    if (words.size() > 1) {
        const std::string& number = words[1];
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), status);
        if (error != std::errc{} || end != number.data() + number.size() || status > 255) {
            terminal_.print("exit: {}: a status is 0 to 255\n", number);
            return status_misuse;
        }
    }
    ended_ = true;
    return status;
}

u64 Shell::run_program(const Words& words) {
    const std::string& name = words[0];
    const std::string path = name.contains('/') ? proto::absolute_path(directory_, name) : "/bin/" + name;
    const auto file = proto::open(root_, path);
    if (!file) {
        if (file.error() == Error::not_found)
            terminal_.print("{}: command not found\n", name);
        else
            terminal_.print("{}: {}\n", name, file.error());
        return file.error() == Error::not_found ? status_not_found : status_cannot_run;
    }
    // Small machines have no room for a share of its own: then it lives on the shell's.
    auto share = budget_.split(program_memory);
    const os::Budget& budget = share ? *share : budget_;
    const auto process = start_program(*file, words, budget);
    if (!process) {
        terminal_.print("{}: cannot run: {}\n", name, process.error());
        return status_cannot_run;
    }
    watch_interrupt(true);
    const u64 status = wait_for(*process, name);
    watch_interrupt(false);
    static_cast<void>(
        events_.wait(Instant{})); // a Ctrl-C that came too late for this program is not for the next
    return status;
}

Result<os::Process> Shell::start_program(const proto::OpenFile& file, const Words& words,
                                         const os::Budget& budget) {
    const auto image = TRY(proto::LoadedFile::load(file));
    const std::string_view name = std::string_view{words[0]}.substr(words[0].rfind('/') + 1);
    const std::vector<std::string_view> arguments{words.begin(), words.end()};
    const abi::Rights call_only = abi::rights::endpoint::call | abi::rights::copy;
    std::vector<os::ChildGrant> grants{
        {"console", &terminal_.client().endpoint(), call_only},
        {"files", &root_.endpoint(), call_only},
    };
    const auto* const system = std::ranges::find(system_grants, name, &SystemGrant::program);
    if (system_ && system != system_grants.end()) grants.push_back({"system", &system_, system->rights});
    const std::string environment = environment_ + "\npwd=" + directory_ + "\n";
    return os::spawn({.image = image.bytes(),
                      .arguments = arguments,
                      .environment = environment,
                      .grants = grants,
                      .budget = &budget});
}

u64 Shell::wait_for(const os::Process& process, std::string_view name) {
    if (const auto observed = process.observe(events_, child_ended); !observed) {
        terminal_.print("{}: cannot wait for it: {}\n", name, observed.error());
        return 1;
    }
    for (;;) {
        if (const auto end = process.status()) {
            if (end->kind != static_cast<u64>(abi::ExitKind::exited))
                terminal_.print("{}: {}\n", name, os::describe_end(*end));
            return os::shell_status(*end);
        }
        const auto bits = events_.wait();
        if (!bits) return 1;
        if ((*bits & control_c) != 0) static_cast<void>(process.kill()); // it may just have ended
    }
}

} // namespace pith::shell
