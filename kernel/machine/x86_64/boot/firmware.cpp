#include "kernel/machine/x86_64/boot/firmware.h"

namespace pith::kernel {
namespace {

/// The bytes of the table at `address`; empty where they cannot be seen.
Bytes table_at(PhysAddr address, const LoaderTables& tables) {
    if (address.raw == 0 || !tables.shows(address, acpi::header_size)) return {};
    const auto* bytes = reinterpret_cast<const std::byte*>(address.raw);
    const auto start = acpi::table_start({bytes, acpi::header_size});
    if (!start || start->length > acpi::max_table_size || !tables.shows(address, start->length)) return {};
    return {bytes, start->length};
}

template <class T>
std::optional<T> optional_from(Result<T> result) {
    return result ? std::optional<T>{*result} : std::nullopt;
}

} // namespace

void Firmware::take(Bytes table, const LoaderTables& tables) {
    const auto start = acpi::table_start(table);
    if (!start) return;
    if (start->name() == "APIC" && !madt) madt = optional_from(acpi::parse_madt(table));
    if (start->name() == "HPET" && !hpet) hpet = optional_from(acpi::parse_hpet(table));
    if (start->name() == "DMAR" && !dmar) dmar = optional_from(acpi::parse_dmar(table));
    if (start->name() == "FACP" && !fadt) {
        fadt = optional_from(acpi::parse_fadt(table));
        if (fadt) soft_off = optional_from(acpi::find_soft_off(table_at(fadt->dsdt, tables)));
    }
}

Firmware Firmware::read(PhysAddr root, const LoaderTables& tables, Log& log) {
    Firmware firmware;
    const auto list = acpi::parse_root(table_at(root, tables));
    if (!list) {
        log.warning("acpi", "no root table at {}: {}", root, list.error());
        return firmware;
    }
    firmware.note(root, table_at(root, tables));
    for (const PhysAddr address : std::span{list->tables}.first(list->count)) {
        const Bytes table = table_at(address, tables);
        firmware.note(address, table);
        firmware.take(table, tables);
    }
    if (firmware.fadt) firmware.note(firmware.fadt->dsdt, table_at(firmware.fadt->dsdt, tables));
    const auto found = [](bool yes) { return yes ? "" : "no "; };
    log.info("acpi", "{} tables, {}interrupt controllers, {}power control, {}soft-off, {}HPET", list->count,
             found(firmware.madt.has_value()), found(firmware.fadt.has_value()),
             found(firmware.soft_off.has_value()), found(firmware.hpet.has_value()));
    return firmware;
}

} // namespace pith::kernel
