#include "servers/init/mounted.h"

#include "proto/file_badge.h"

#include <algorithm>

namespace pith::os::init {
namespace {

constexpr u64 memory_pages = 1536;
constexpr u64 restarts = 5;

Service file_server(const proto::mount_table::Entry& entry, u64 index) {
    Service service{.name = entry.path, .program = "sys/disk_files"};
    service.priority = 20;
    service.memory_pages = memory_pages;
    service.offers = true;
    service.grants = {
        {.name = "devices",
         .source = Source::connect,
         .service = "devices",
         .badge = proto::mount_table::badge_of(index)},
        {.name = "budget", .source = Source::budget},
        {.name = "kept", .source = Source::kept, .count = 1},
        {.name = "clock", .source = Source::connect, .service = "clock"},
        {.name = "log",
         .source = Source::system,
         .rights = abi::rights::system::write_log | abi::rights::copy},
    };
    service.arguments.push_back(entry.type);
    if (entry.read_only) service.arguments.push_back(proto::mount_table::read_only_word);
    if (entry.optional) service.arguments.push_back(proto::mount_table::optional_word);
    service.exited = service.failed = {EndRule::Action::restart, restarts};
    return service;
}

} // namespace

bool add_mounted(std::vector<Service>& services, const proto::mount_table::Entry& entry, u64 index) {
    const auto called = [&](std::string_view name) {
        return std::ranges::find(services, name, &Service::name);
    };
    const auto shows = called("mounts"), unmounts = called("volumes");
    if (shows == services.end() || unmounts == services.end()) return false;
    if (called("devices") == services.end() || called("clock") == services.end()) return false;
    if (std::ranges::contains(shows->grants, entry.path, &GrantRule::name)) return false;
    shows->grants.push_back({.name = entry.path, .source = Source::connect, .service = entry.path});
    unmounts->grants.push_back({.name = entry.path,
                                .source = Source::connect,
                                .service = entry.path,
                                .badge = proto::file::Badge::keeper});
    services.push_back(file_server(entry, index));
    return true;
}

} // namespace pith::os::init
