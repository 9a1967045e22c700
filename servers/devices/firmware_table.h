#pragma once

#include "base/bytes.h"
#include "base/text.h"

namespace pith::os::devices {

/// A table of the firmware's in a few words: its name, and of MADT, MCFG, HPET and FADT what they say.
[[nodiscard]] Text<160> describe_table(Bytes table);

} // namespace pith::os::devices
