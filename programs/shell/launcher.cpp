#include "programs/shell/launcher.h"

#include "proto/devices.h"
#include "proto/path.h"
#include "proto/volumes.h"

#include <algorithm>

namespace pith::shell {
namespace {

/// What a program may have of its own: its share of the shell's memory.
constexpr PageCount program_memory = pages(2048);
constexpr abi::Rights call_only = abi::rights::endpoint::call | abi::rights::copy;

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
    SystemGrant{"free", abi::rights::system::list},
    SystemGrant{"uptime", abi::rights::system::list},
    SystemGrant{"dmesg", abi::rights::system::log},
    // Tests of devices' authority, where the shell has it: not in the shipped system.
    SystemGrant{"porttest", abi::rights::system::devices},
    SystemGrant{"devtest", abi::rights::system::devices},
    SystemGrant{"top", abi::rights::system::list},
    SystemGrant{"coretest", abi::rights::system::list},
    SystemGrant{"ktrace", abi::rights::system::list | abi::rights::system::trace},
};
/// Connections of the shell's that some programs get, under their own names. All others get none.
struct ConnectionGrant {
    std::string_view program;
    std::string_view name;
};
constexpr std::array connection_grants{
    ConnectionGrant{"mount", "mounts"},
    ConnectionGrant{"mount", "volumes"},
    ConnectionGrant{"mount", "disks"},
    ConnectionGrant{"umount", "mounts"},
    ConnectionGrant{"umount", "volumes"},
    ConnectionGrant{"date", "clock"},
    ConnectionGrant{"lspci", "devices"},
    ConnectionGrant{"disks", "devices"},
    ConnectionGrant{"dd", "disks"},
    ConnectionGrant{"devices", "drivers"},
    // The example of a driver (docs/devices.md), which no shipped table names.
    ConnectionGrant{"factorial", "disks"},
    // The example of a server (docs/write-a-server.md), the same way.
    ConnectionGrant{"note", "board"},
};

} // namespace

Result<Launcher> Launcher::create(os::Start& start) {
    Launcher launcher{TRY(proto::FileSpace::open(start)), TRY(start.take<os::Budget>("budget"))};
    if (auto system = start.take<os::System>("system")) launcher.system_ = *std::move(system);
    for (const ConnectionGrant& grant : connection_grants)
        if (auto endpoint = start.take<os::Endpoint>(grant.name))
            launcher.connections_.push_back({grant.name, *std::move(endpoint)});
    if (auto services = start.take<os::Endpoint>("services")) // which no program gets
        launcher.connections_.push_back({"services", *std::move(services)});
    if (auto streams = start.take<os::Endpoint>("streams")) launcher.streams_ = *std::move(streams);
    return launcher;
}

Result<proto::OpenFile> Launcher::find(std::string_view name, std::string_view directory) const {
    const std::string path =
        name.contains('/') ? proto::absolute_path(directory, name) : std::string{"/bin/"}.append(name);
    return files_.open(path);
}

Result<Running> Launcher::start(const Program& program) const {
    const auto image = TRY(proto::LoadedFile::load(program.file));
    const Words& words = program.words;
    const Streams& streams = program.streams;
    const std::string_view name = std::string_view{words[0]}.substr(words[0].rfind('/') + 1);
    const std::vector<std::string_view> arguments{words.begin(), words.end()};
    std::vector<os::ChildGrant> grants{
        {"console", &program.terminal.client().endpoint(), call_only},
        {"files", &files_.endpoint(), call_only},
    };
    if (streams.input) grants.push_back({"input", &streams.input, call_only});
    if (streams.output) grants.push_back({"output", &streams.output, call_only});
    if (streams.errors) grants.push_back({"errors", &streams.errors, call_only});
    if (program.directory) grants.push_back({"directory", &program.directory, call_only});
    const auto* const system = std::ranges::find(system_grants, name, &SystemGrant::program);
    if (system_ && system != system_grants.end()) grants.push_back({"system", &system_, system->rights});
    for (const ConnectionGrant& grant : connection_grants)
        for (const Connection& connection : connections_)
            if (grant.program == name && grant.name == connection.name)
                grants.push_back({grant.name, &connection.endpoint, call_only});
    Running running{.name = words[0], .process = {}, .share = {}};
    // Small machines have no room for a share of its own: then it lives on the shell's.
    if (auto share = budget_.split(program_memory)) running.share = *std::move(share);
    running.process = TRY(os::spawn({.image = image.bytes(),
                                     .arguments = arguments,
                                     .environment = program.environment,
                                     .grants = grants,
                                     .budget = running.share ? &running.share : &budget_,
                                     .core = program.core}));
    return running;
}

void Launcher::clean_up(std::span<Running> programs) {
    for (Running& program : programs) {
        if (program.share) static_cast<void>(program.share.end()); // whatever is in use follows later
        program.share = {};
    }
}

template <class Client>
Result<> Launcher::ask_to_end(std::string_view supervisor, u64 identity) const {
    const auto found = std::ranges::find(connections_, supervisor, &Connection::name);
    if (found == connections_.end()) return fail(Error::denied);
    const Client client{TRY(found->endpoint.copy())};
    TRY(client.call(proto::supervision::End{identity}));
    return {};
}

Result<> Launcher::end_process(u64 identity) const {
    if (system_) {
        const auto entry = system_.process(identity);
        if (!entry || entry->id != identity || entry->state != 0) return fail(Error::not_found); // or ended
    }
    if (ask_to_end<proto::supervision::Client>("services", identity)) return {};
    if (ask_to_end<proto::devices::Client>("drivers", identity)) return {};
    if (ask_to_end<proto::volumes::Client>("volumes", identity)) return {};
    return fail(Error::denied);
}

Result<proto::streams::Client> Launcher::streams() const {
    if (!streams_) return fail(Error::unsupported);
    return proto::streams::Client{TRY(streams_.copy())};
}

Result<std::array<os::Endpoint, 2>> Launcher::make_pipe() const {
    const auto server = TRY(streams());
    auto made = TRY(server.call(proto::streams::MakePipe{}));
    auto& [reading, writing] = made.handles;
    return std::array{std::move(writing), std::move(reading)};
}

Result<os::Endpoint> Launcher::redirect(Redirection::Kind kind, std::string_view path) const {
    using namespace proto::file;
    const auto server = TRY(streams());
    if (kind == Redirection::Kind::input) {
        const auto file = TRY(files_.open(path));
        if (file.is_directory()) return fail(Error::is_directory);
        return std::get<0>(TRY(server.call(proto::streams::ReadFile{}, file.client.endpoint())).handles);
    }
    const bool append = kind == Redirection::Kind::append;
    const u64 flags = open_flags::write | open_flags::create | (append ? 0 : open_flags::truncate);
    const auto file = TRY(files_.open(path, flags));
    if (file.is_directory()) return fail(Error::is_directory);
    const proto::streams::WriteFile message{.offset = append ? file.info.size : 0,
                                            .since = file.since.epoch()};
    return std::get<0>(TRY(server.call(message, file.client.endpoint())).handles);
}

} // namespace pith::shell
