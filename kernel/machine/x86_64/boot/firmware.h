#pragma once

#include "base/acpi.h"
#include "kernel/debug/log.h"
#include "kernel/machine/x86_64/boot/loader_tables.h"
#include "kernel/machine/x86_64/power.h"
#include "kernel/machine/x86_64/tables/dmar.h"

namespace pith::kernel {

/// What the ACPI tables say, each part where it could be read. Read once, early, while the loader's tables
/// still show all of low memory.
struct Firmware {
    std::optional<acpi::Madt> madt;
    std::optional<acpi::Fadt> fadt;
    std::optional<acpi::SleepType> soft_off;
    std::optional<PhysAddr> hpet;
    std::optional<acpi::Dmar> dmar;
    /// Where all tables lie, the root first, whether or not they are read here.
    struct Place {
        PhysAddr base;
        u64 size;
    };
    std::array<Place, acpi::RootTable::capacity + 2> places{};
    u32 place_count = 0;
    [[nodiscard]] PhysAddr root() const { return places[0].base; }

    /// `root` is an RSDT or XSDT, or 0.
    [[nodiscard]] static Firmware read(PhysAddr root, const LoaderTables& tables, Log& log);

  private:
    void take(Bytes table, const LoaderTables& tables);
    void note(PhysAddr base, Bytes table) {
        if (!table.empty()) places[place_count++] = {base, table.size()};
    }
};

} // namespace pith::kernel
