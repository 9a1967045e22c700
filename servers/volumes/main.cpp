// Mounts disks and partitions by hand, a process for each, and takes away what is mounted. What is mounted
// from the start comes as grants whose names are paths.
#include "os/log.h"
#include "os/mapping.h"
#include "os/start.h"
#include "servers/volumes/server.h"

using namespace pith;

namespace {

Result<os::volumes::OwnTable> find_own_table(os::Start& start) {
    auto devices = TRY(start.take<proto::devices::Client>("devices"));
    return os::volumes::OwnTable{TRY(proto::FileSpace::open(start)), std::move(devices)};
}

Result<os::volumes::Means> find_means(os::Start& start, Archive initrd, os::Notification events) {
    auto outliving = start.take<os::Budget>("spare");
    return os::volumes::Means{.initrd = initrd,
                              .budget = TRY(start.take<os::Budget>("budget")),
                              .events = std::move(events),
                              .table = TRY(start.take<proto::mounts::Client>("mounts")),
                              .clock = TRY(start.take<os::Endpoint>("clock")),
                              .log = TRY(start.take_any("log")),
                              .lasting = TRY(os::volumes::Lasting::open(start)),
                              .outliving = outliving ? *std::move(outliving) : os::Budget{},
                              .keeper = proto::Keeper::open(start)};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto memory = TRY(start.take<os::Memory>(abi::grant::initrd));
    const os::Mapping mapping = TRY(os::Mapping::whole(memory, abi::rights::memory::read));
    auto events = TRY(os::Notification::create());
    TRY(endpoint.bind(events));
    auto own = find_own_table(start);
    if (!own) os::log("{}: {}", os::volumes::OwnTable::name, own.error());
    const auto initrd = TRY(Archive::open(mapping.bytes()));
    auto means = TRY(find_means(start, initrd, std::move(events)));
    os::volumes::Server server{std::move(means), own ? std::optional{*std::move(own)} : std::nullopt};
    for (u64 i = 0; const auto name = start.grant_name(i); ++i)
        if (name->starts_with('/')) {
            auto keeper = TRY(start.take<proto::file::Client>(*name));
            TRY(server.add(*name, std::move(keeper)));
        }
    TRY(server.start());
    os::log_line("ready");
    TRY(os::serve<proto::volumes::Protocol>(endpoint, server));
    return 0;
}
