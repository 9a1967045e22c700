#include "servers/devices/server.h"

#include "proto/block_badge.h"
#include "servers/devices/firmware_table.h"

#include <algorithm>

namespace pith::os::devices {

void Server::find_devices() {
    constexpr u32 first_depth = 0;
    find_on_bus(0, first_depth);
}

void Server::find_on_bus(u8 bus, u32 depth) {
    constexpr u32 most_depth = 8; // bridges behind bridges; a circle of them ends here too
    constexpr u64 most_devices = 256;
    constexpr u16 slots = 32, functions = 8;
    for (u16 slot = 0; slot < slots && depth < most_depth; ++slot) {
        for (u16 function = 0; function < functions && devices_.size() < most_devices; ++function) {
            const PciAddress at{static_cast<u16>(u32{bus} << 8 | u32{slot} << 3 | function)};
            auto found = Device::find(means_.configuration, at);
            if (!found && function == 0) break;
            if (!found) continue;
            devices_.push_back(std::make_unique<Device>(*std::move(found)));
            const Device& device = *devices_.back();
            if (const auto behind = device.bus_behind(means_.configuration); behind && *behind > bus)
                find_on_bus(*behind, depth + 1);
            constexpr u32 header = 0x0c, has_more = 1 << 23;
            if (function == 0 && (means_.configuration.read(at, header) & has_more) == 0) break;
        }
    }
}

void Server::start_drivers() {
    for (const auto& device : devices_) {
        const Function& function = device->function();
        const auto rule = std::ranges::find_if(manifest_.drivers, [&](const DriverRule& one) {
            return !function.is_bridge && one.fits(function.identity, function.class_code);
        });
        if (rule == manifest_.drivers.end() || drivers_.size() == most_drivers) continue;
        drivers_.emplace_back(*device, *rule, drivers_.size());
    }
    for (Driver& driver : drivers_) {
        if (driver.prepare(means_))
            static_cast<void>(driver.start(means_, endpoint_)); // said in the log
        else
            log_line("no memory for a driver");
    }
}

Driver* Server::driver_of(u64 badge) {
    if ((badge & protocol::badge::driver) == 0) return nullptr;
    const u64 number = badge & ~protocol::badge::driver;
    return number < drivers_.size() ? &drivers_[number] : nullptr;
}

Result<protocol::FunctionReply> Server::on(const protocol::Function& m,
                                           const Caller<protocol::Function>& /*caller*/) {
    if (m.index >= devices_.size()) return fail(Error::not_found);
    const Function& function = devices_[m.index]->function();
    protocol::FunctionReply reply{.address = function.address,
                                  .identity = function.identity,
                                  .subsystem = function.subsystem,
                                  .class_code = function.class_code,
                                  .interrupt = function.line,
                                  .features = 0,
                                  .base = {},
                                  .size = {},
                                  .bytes = {}};
    namespace feature = protocol::feature;
    if (function.messages_at != 0) reply.features |= feature::message_interrupts;
    if (function.message_table) reply.features |= feature::message_table;
    if (function.express_at != 0) reply.features |= feature::express;
    if (function.has_function_reset) reply.features |= feature::function_reset;
    if (function.is_bridge) reply.features |= feature::bridge;
    for (u32 n = 0; n < function.windows.size(); ++n) {
        const Function::Window& window = function.windows[n];
        if (!window.exists()) continue;
        reply.base[n] = window.base | (window.is_ports ? 1 : 0);
        reply.size[n] = window.size;
    }
    const auto driver =
        std::ranges::find(drivers_, devices_[m.index].get(), [](const Driver& d) { return &d.device(); });
    if (driver == drivers_.end()) return reply;
    Text<64> words{driver->rule().name};
    switch (driver->state()) {
    case Driver::State::starting: words.append(", starting"); break;
    case Driver::State::ready: break;
    case Driver::State::ended: words.append(", ended"); break;
    }
    if (driver->restarts() != 0) words.format(", restarted {} times", driver->restarts());
    reply.bytes = Chunk<64>::of(words.view());
    return reply;
}

Result<protocol::TableReply> Server::on(const protocol::Table& m, const Caller<protocol::Table>& /*caller*/) {
    const auto& tables = means_.firmware.tables();
    if (m.index >= tables.size()) return fail(Error::not_found);
    const Firmware::Table& table = tables[m.index];
    return protocol::TableReply{table.address.raw, table.bytes.size(),
                                Chunk<256>::of(describe_table(table.bytes).view())};
}

bool Server::disks_are_known() const {
    return std::ranges::none_of(drivers_, [](const Driver& driver) {
        return driver.rule().finds_disks && driver.state() == Driver::State::starting;
    });
}

Result<protocol::DiskReply> Server::describe(u64 index) const {
    if (index >= disks_.all().size()) return fail(Error::not_found);
    const Disks::Disk& disk = disks_.all()[index];
    Text<192> words{disks_.name_of(disk).view()};
    words.append(' ').append(disk.found.bytes.view());
    return protocol::DiskReply{drivers_[disk.driver].device().function().address,
                               disk.found.partition,
                               disk.found.first_sector,
                               disk.found.sector_count,
                               disk.found.sector_size,
                               disk.found.flags,
                               disk.found.type,
                               disk.found.identity,
                               Chunk<192>::of(words.view())};
}

/// Whether the rule names a disk, and not by its kind one that is another client's by name: nobody else may
/// write to the file system on it.
bool Server::can_have(const ClientRule& rule) const {
    const Disks::Disk* const disk = disks_.find(rule.disk);
    if (disk == nullptr || !rule.disk.starts_with('@')) return disk != nullptr;
    return std::ranges::none_of(manifest_.clients, [&](const ClientRule& other) {
        return other.badge != rule.badge && !other.disk.starts_with('@') && disks_.find(other.disk) == disk;
    });
}

Result<Answer<protocol::OpenDisk>> Server::open(std::string_view name, u64 badge) const {
    if (name.empty()) {
        const auto rule = std::ranges::find_if(manifest_.clients, [&](const ClientRule& each) {
            return each.badge == (badge & ~protocol::badge::may_open) && can_have(each);
        });
        if (rule == manifest_.clients.end()) return fail(Error::not_found);
        name = rule->disk;
    } else if ((badge & protocol::badge::may_open) == 0 || (badge & protocol::badge::driver) != 0) {
        return fail(Error::denied);
    }
    static constexpr abi::Rights rights = abi::rights::endpoint::call | abi::rights::copy;
    const auto connect = [](const Driver& driver, u64 names) -> Result<Answer<protocol::OpenDisk>> {
        if (!driver.endpoint()) return fail(Error::closed);
        return Answer<protocol::OpenDisk>{{}, {TRY(driver.endpoint().mint(names, rights))}};
    };
    const Disks::Disk* const disk = disks_.find(name);
    if (disk == nullptr) {
        const auto named = std::ranges::find(drivers_, name, [](const Driver& d) { return d.rule().name; });
        return named == drivers_.end() ? fail(Error::not_found) : connect(*named, 0);
    }
    proto::block::Badge names{.unit = static_cast<u8>(disk->found.unit),
                              .partition = static_cast<u8>(disk->found.partition)};
    if (names.partition != 0)
        names.sum = proto::block::sum_of_range(disk->found.first_sector, disk->found.sector_count);
    return connect(drivers_[disk->driver], names.raw());
}

MaybeAnswer<protocol::Disk> Server::on(const protocol::Disk& m, const Caller<protocol::Disk>& caller) {
    if (disks_are_known()) return describe(m.index);
    if (waiting_.size() == most_waiting) return fail(Error::busy);
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    waiting_.push_back({.list = *std::move(pending), .open = {}, .index = m.index});
    return std::nullopt;
}

MaybeAnswer<protocol::OpenDisk> Server::on(const protocol::OpenDisk& m,
                                           const Caller<protocol::OpenDisk>& caller) {
    if (disks_are_known()) return open(m.bytes.view(), caller.badge());
    if (waiting_.size() == most_waiting) return fail(Error::busy);
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    waiting_.push_back({.list = {}, .open = *std::move(pending), .badge = caller.badge(), .name = m.bytes});
    return std::nullopt;
}

void Server::settle() {
    if (!disks_are_known()) return;
    for (Waiting& one : waiting_) {
        if (one.list) one.list->answer(describe(one.index));
        if (one.open) one.open->answer(open(one.name.view(), one.badge));
    }
    waiting_.clear();
}

Result<> Server::check_may_restart(u64 badge) {
    if ((badge & protocol::badge::may_restart) == 0 || driver_of(badge) != nullptr)
        return fail(Error::denied);
    return {};
}

Result<Done> Server::on(const protocol::Restart& m, const Caller<protocol::Restart>& caller) {
    TRY(check_may_restart(caller.badge()));
    for (Driver& driver : drivers_)
        if (driver.device().function().address == m.address) {
            TRY(driver.kill());
            return Done{};
        }
    return fail(Error::not_found);
}

Result<Done> Server::on(const proto::supervision::End& m, const Caller<proto::supervision::End>& caller) {
    TRY(check_may_restart(caller.badge()));
    for (Driver& driver : drivers_)
        if (driver.runs_as(m.process)) {
            TRY(driver.kill());
            return Done{};
        }
    return fail(Error::not_found);
}

Result<Done> Server::on(const protocol::EnableDma& /*m*/, const Caller<protocol::EnableDma>& caller) {
    const Driver* const driver = driver_of(caller.badge());
    if (driver == nullptr) return fail(Error::denied);
    driver->device().let_reach_memory(means_.configuration);
    return Done{};
}

Result<Done> Server::on(const protocol::DiskFound& m, const Caller<protocol::DiskFound>& caller) {
    const Driver* const driver = driver_of(caller.badge());
    if (driver == nullptr || !driver->rule().finds_disks) return fail(Error::denied);
    constexpr u64 most_units = 256, most_partitions = 256, most = 512;
    if (m.unit >= most_units || m.partition >= most_partitions) return fail(Error::bad_argument);
    if (disks_.all().size() >= most) return fail(Error::no_memory);
    disks_.add(caller.badge() & ~protocol::badge::driver, m);
    return Done{};
}

Result<Done> Server::on(const protocol::Ready& /*m*/, const Caller<protocol::Ready>& caller) {
    Driver* const driver = driver_of(caller.badge());
    if (driver == nullptr) return fail(Error::denied);
    driver->set_ready();
    settle();
    return Done{};
}

void Server::on_notification(u64 bits) {
    for (u64 n = 0; n < drivers_.size(); ++n) {
        if ((bits >> n & 1) == 0 || !drivers_[n].has_ended()) continue;
        disks_.forget_all_of(n); // its successor tells anew
        drivers_[n].end(means_, endpoint_);
    }
    settle();
}

} // namespace pith::os::devices
