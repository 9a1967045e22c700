#pragma once

#include "base/bytes.h"

namespace pith::acpi {

/// What to write to PM1a and PM1b to switch off: the package named \_S5 in a DSDT, found in its bytes without
/// an interpreter (ACPI 6.5, 7.4.2 and 20.2).
struct SleepType {
    u8 a, b;
};
[[nodiscard]] Result<SleepType> find_soft_off(Bytes dsdt);

} // namespace pith::acpi
