// Mounts disks and partitions by hand, a process for each, and takes away what is mounted. What is mounted
// from the start comes as grants whose names are paths.
#include "os/log.h"
#include "os/mapping.h"
#include "os/start.h"
#include "proto/file_space.h"
#include "proto/path.h"
#include "servers/volumes/server.h"

using namespace pith;

namespace {

constexpr std::string_view own_table = "etc/mounts"; // in /home

/// The table of who lives here, if there is one.
Result<> mount_own(os::Start& start, os::volumes::Server& server) {
    const auto devices = TRY(start.take<proto::devices::Client>("devices"));
    const auto files = TRY(proto::FileSpace::open(start));
    const auto file = TRY(files.open(proto::path_in("/home", own_table)));
    const auto loaded = TRY(proto::LoadedFile::load(file));
    server.mount_all(proto::mount_table::parse(as_text(loaded.bytes())), own_table, devices);
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto memory = TRY(start.take<os::Memory>(abi::grant::initrd));
    const os::Mapping mapping = TRY(os::Mapping::whole(memory, abi::rights::memory::read));
    auto events = TRY(os::Notification::create());
    TRY(endpoint.bind(events));
    os::volumes::Server server{{TRY(Archive::open(mapping.bytes())), TRY(start.take<os::Budget>("budget")),
                                std::move(events), TRY(start.take<proto::mounts::Client>("mounts")),
                                TRY(start.take<os::Endpoint>("clock")), TRY(start.take_any("log"))}};
    for (u64 i = 0; const auto name = start.grant_name(i); ++i)
        if (name->starts_with('/')) {
            auto keeper = TRY(start.take<proto::file::Client>(*name));
            TRY(server.add(*name, std::move(keeper)));
        }
    if (const auto own = mount_own(start, server); !own && own.error() != Error::not_found)
        os::log("{}: {}", own_table, own.error());
    os::log_line("ready");
    TRY(os::serve<proto::volumes::Protocol>(endpoint, server));
    return 0;
}
