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

Result<Firmware::Table> copy_table(const System& system, PhysAddr address) {
    const auto header = TRY(copy_physical(system, address.raw, acpi::header_size));
    const auto start = TRY(acpi::table_start(header));
    if (start.length < acpi::header_size || start.length > acpi::max_table_size)
        return fail(Error::bad_format);
    Firmware::Table table{address, TRY(copy_physical(system, address.raw, start.length))};
    TRY(acpi::checked_table(table.bytes, start.name()));
    return table;
}

} // namespace

Firmware Firmware::read(const System& system) {
    Firmware firmware;
    const auto info = system.info();
    if (!info || info->tables.raw == 0) return firmware;
    const auto root = copy_table(system, info->tables);
    if (!root) return firmware;
    const auto list = acpi::parse_root(root->bytes);
    if (!list) return firmware;
    for (const PhysAddr address : std::span{list->tables}.first(list->count))
        if (auto table = copy_table(system, address)) firmware.tables_.push_back(*std::move(table));
    return firmware;
}

std::optional<acpi::ConfigurationWindow> Firmware::configuration_window() const {
    for (const Table& table : tables_)
        if (const auto window = acpi::parse_mcfg(table.bytes)) return *window;
    return std::nullopt;
}

} // namespace pith::os::devices
