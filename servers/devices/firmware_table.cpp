#include "servers/devices/firmware_table.h"

#include "base/acpi.h"

namespace pith::os::devices {
namespace {

/// How many lines are not wired to the input of their own number, as edges that are high when active.
u64 lines_wired_otherwise(const acpi::Madt& madt) {
    u64 count = 0;
    for (u32 line = 0; line < madt.isa.size(); ++line) {
        const auto& wired = madt.isa[line];
        if (wired.line != line || wired.level || wired.active_low) ++count;
    }
    return count;
}

} // namespace

Text<160> describe_table(Bytes table) {
    Text<160> text;
    for (u64 i = 0; i < 4; ++i) {
        const char letter = number_at<char>(table, i);
        text.append(letter > ' ' && letter <= '~' ? letter : '?');
    }
    if (const auto madt = acpi::parse_madt(table))
        text.format(": {} processors, {} interrupt controllers, {} lines wired otherwise",
                    madt->processors.count, madt->io_apic_count, lines_wired_otherwise(*madt));
    if (const auto hpet = acpi::parse_hpet(table)) text.format(": timer at {}", *hpet);
    if (const auto fadt = acpi::parse_fadt(table))
        text.format(": power control at port {:#x}, timer at port {:#x}", fadt->pm1a_control, fadt->pm_timer);
    if (const auto window = acpi::parse_mcfg(table))
        text.format(": buses {} to {} at {}", window->first_bus, window->last_bus, window->base);
    return text;
}

} // namespace pith::os::devices
