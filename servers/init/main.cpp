// The first process: holds everything that the kernel gives away, and hands out what the service table says.
#include "os/log.h"
#include "os/mapping.h"
#include "servers/init/mounted.h"
#include "servers/init/supervisor.h"

using namespace pith;

namespace {

/// What is wrong with a line of this table is said, and no reason not to start.
void read_mounts(const Archive& initrd, std::vector<os::init::Service>& services) {
    const auto file = initrd.read("sys/mounted");
    if (!file) return;
    const auto table = proto::mount_table::parse(as_text(*file));
    for (const auto& mistake : table.mistakes)
        os::log("sys/mounted, line {}: {}", mistake.line, mistake.what);
    for (u64 i = 0; i < table.entries.size(); ++i)
        if (const auto& entry = table.entries[i]; !os::init::add_mounted(services, entry, i))
            os::log("sys/mounted, line {}: sys/services does not allow it", entry.line);
}

} // namespace

Result<int> program_main(os::Start& start) {
    os::runtime().log = start.peek(abi::grant::system);
    os::Handle system = TRY(start.take_any(abi::grant::system));
    os::Memory memory = TRY(start.take<os::Memory>(abi::grant::initrd));
    os::Budget budget = TRY(start.take<os::Budget>(abi::grant::budget));
    const os::Mapping mapping = TRY(os::Mapping::whole(memory, abi::rights::memory::read));
    const Archive initrd = TRY(Archive::open(mapping.bytes()));
    const std::string_view text = as_text(TRY(initrd.read("sys/services")));

    auto services = os::init::parse_table(text);
    if (!services) {
        os::log("sys/services, line {}: {}", services.error().line, services.error().what);
        return fail(Error::bad_format);
    }
    read_mounts(initrd, *services);
    auto supervisor = TRY(os::init::Supervisor::create(
        {std::move(system), std::move(memory), std::move(budget), initrd, start.environment()},
        *std::move(services)));
    supervisor.start_all();
    TRY(supervisor.run());
    return 0;
}
