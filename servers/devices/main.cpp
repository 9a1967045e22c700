// Finds what devices the machine has, and starts a driver for each that sys/drivers has one for.
#include "os/log.h"
#include "os/mapping.h"
#include "os/start.h"
#include "proto/mount_table.h"
#include "servers/devices/server.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto memory = TRY(start.take<os::Memory>(abi::grant::initrd));
    auto system = TRY(start.take<os::System>("system"));
    auto budget = TRY(start.take<os::Budget>("budget"));
    const os::Mapping mapping = TRY(os::Mapping::whole(memory, abi::rights::memory::read));
    const Archive initrd = TRY(Archive::open(mapping.bytes()));
    auto manifest = os::devices::parse_manifest(as_text(TRY(initrd.read("sys/drivers"))));
    if (!manifest) {
        os::log("sys/drivers, line {}: {}", manifest.error().line, manifest.error().what);
        return fail(Error::bad_format);
    }
    if (const auto mounts = initrd.read("sys/mounted")) {
        const auto table = proto::mount_table::parse(as_text(*mounts)); // init says what is wrong with it
        for (u64 i = 0; i < table.entries.size(); ++i)
            manifest->clients.push_back({proto::mount_table::badge_of(i), table.entries[i].disk});
    }
    auto configuration = TRY(os::devices::Configuration::open(system));
    auto firmware = os::devices::Firmware::read(system);
    const auto window = firmware.configuration_window();
    const bool in_memory =
        window && configuration.use_window(system, window->base, window->first_bus, window->last_bus);
    os::log_line(in_memory ? "configuration space lies in memory" : "configuration space has ports alone");
    auto ends = TRY(os::Notification::create());
    TRY(endpoint.bind(ends));
    os::devices::Server server{{std::move(system), std::move(budget), initrd, std::move(configuration),
                                std::move(firmware), std::move(ends)},
                               *std::move(manifest),
                               endpoint};
    server.find_devices();
    server.start_drivers();
    os::log_line("ready");
    TRY(os::serve<proto::devices::Protocol>(endpoint, server));
    return 0;
}
