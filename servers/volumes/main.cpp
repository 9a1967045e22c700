// Mounts disks and partitions by hand, a process for each, and takes away what is mounted. What is mounted
// from the start comes as grants whose names are paths.
#include "os/mapping.h"
#include "os/start.h"
#include "servers/volumes/server.h"

using namespace pith;

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
    os::log_line("ready");
    TRY(os::serve<proto::volumes::Protocol>(endpoint, server));
    return 0;
}
