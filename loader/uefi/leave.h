#pragma once

#include "loader/memory_map.h"
#include "loader/uefi/firmware.h"

namespace pith::loader::uefi {

/// Ends the firmware's services; the machine's memory is ours from here on, with interrupts off. What the
/// firmware's services held becomes `later`: we still run on its stack and page tables.
[[nodiscard]] Outcome<MemoryMap> leave_firmware(Handle image, const BootServices& boot);

} // namespace pith::loader::uefi
