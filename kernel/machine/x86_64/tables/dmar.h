#pragma once

#include "base/acpi.h"

namespace pith::acpi {

/// DMAR (VT-d 3.4, chapter 8): the units that translate what devices do. Devices are numbered as in
/// configuration space: bus << 8 | device << 3 | function.
struct Dmar {
    struct IoApic {
        u8 id;
        u16 device; ///< who its messages come from
    };
    /// Memory that the firmware has left to a device, and which that needs to go on working.
    struct Reserved {
        u16 device;
        PhysAddr first, last;
    };
    static constexpr u32 max_units = 4, max_io_apics = 8, max_reserved = 16;
    std::array<PhysAddr, max_units> units; ///< of their registers
    std::array<IoApic, max_io_apics> io_apics;
    std::array<Reserved, max_reserved> reserved;
    u32 unit_count, io_apic_count, reserved_count;
    u32 address_bits; ///< of what devices can name
    bool interrupts;  ///< the units may translate interrupts as well
    /// There is a unit, or a device, that does not stand here: beyond the room, in another PCI segment, or
    /// behind a bridge.
    bool incomplete;
};
[[nodiscard]] Result<Dmar> parse_dmar(Bytes bytes);

} // namespace pith::acpi
