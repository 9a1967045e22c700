// The firmware's tables, as the kernel and the device server read them: once as they are, once with length
// and sum put right, since these stand in the way of what is behind them.
#include "kernel/machine/x86_64/tables/dmar.h"
#include "kernel/machine/x86_64/tables/soft_off.h"
#include "servers/devices/firmware_table.h"

#include <cstdlib>
#include <cstring>
#include <vector>

using namespace pith;

namespace {

void parse(Bytes table) {
    using namespace acpi;
    if (const auto root = parse_root(table); root && root->count > RootTable::capacity) std::abort();
    if (const auto madt = parse_madt(table); madt && madt->io_apic_count > Madt::max_io_apics) std::abort();
    (void)parse_fadt(table);
    (void)parse_hpet(table);
    (void)find_soft_off(table);
    if (const auto dmar = parse_dmar(table))
        if (dmar->unit_count > Dmar::max_units || dmar->reserved_count > Dmar::max_reserved) std::abort();
    if (const auto window = parse_mcfg(table); window && window->first_bus > window->last_bus) std::abort();
    if (os::devices::describe_table(table).truncated()) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    std::vector<std::byte> table(size);
    if (size != 0) std::memcpy(table.data(), data, size);
    parse(table);
    if (size < acpi::header_size) return 0;
    const auto length = static_cast<u32>(size);
    std::memcpy(table.data() + 4, &length, sizeof length);
    u8 sum = 0;
    table[9] = std::byte{};
    for (const std::byte byte : table)
        sum = static_cast<u8>(sum + static_cast<u8>(byte));
    table[9] = static_cast<std::byte>(0x100 - sum);
    const auto start = acpi::table_start(table);
    if (size <= acpi::max_table_size && !acpi::checked_table(table, start->name())) std::abort();
    parse(table);
    return 0;
}
