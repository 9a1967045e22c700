#include "servers/devices/firmware.h"

#include "os/mapping.h"

#include <cstring>

namespace pith::os::devices {
namespace {

Result<std::vector<std::byte>> copy_physical(const System& system, u64 address, u64 length) {
    const PhysAddr page{align_down(address, page_size)};
    const PageCount size = PageCount::holding(address - page.raw + length);
    const Memory memory{TRY(invoke(abi::MemoryPhysical{system.id(), {}, page, size})).handle};
    const Mapping view = TRY(Mapping::create(memory, size, abi::rights::memory::read));
    const auto bytes = view.bytes().subspan(address - page.raw, length);
    return std::vector<std::byte>{bytes.begin(), bytes.end()};
}

Result<Firmware::Table> copy_table(const System& system, u64 address) {
    const auto header = TRY(copy_physical(system, address, acpi::header_size));
    const u64 length = TRY(acpi::length_of(header));
    Firmware::Table table{address, TRY(copy_physical(system, address, length))};
    if (!acpi::adds_up(table.bytes)) return fail(Error::bad_format);
    return table;
}

} // namespace

Firmware Firmware::read(const System& system) {
    Firmware firmware;
    const auto info = system.info();
    if (!info || info->tables.raw == 0) return firmware;
    auto root = copy_table(system, info->tables.raw);
    if (!root) return firmware;
    constexpr u64 most = 64;
    for (const u64 address : acpi::addresses_in(root->bytes)) {
        if (firmware.tables_.size() == most) break;
        if (auto table = copy_table(system, address)) firmware.tables_.push_back(*std::move(table));
    }
    return firmware;
}

std::optional<acpi::ConfigurationWindow> Firmware::configuration_window() const {
    for (const Table& table : tables_)
        if (const auto window = acpi::parse_mcfg(table.bytes)) return *window;
    return std::nullopt;
}

} // namespace pith::os::devices
