#pragma once

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

    /// `root` is an RSDT or XSDT, or 0.
    [[nodiscard]] static Firmware read(PhysAddr root, const LoaderTables& tables, Log& log);

  private:
    void take(Bytes table, const LoaderTables& tables);
};

} // namespace pith::kernel
