#pragma once

#include "loader/acpi.h"
#include "loader/handoff.h"

namespace pith::loader {

/// The local APIC id of the core that runs this.
[[nodiscard]] u8 own_apic_id();

/// Brings every processor but our own to the hand-off page, and returns when all are there or have had their
/// time. No processor to start: returns at once.
void start_cores(const Handoff& handoff, const acpi::Madt::Processors& processors);

} // namespace pith::loader
