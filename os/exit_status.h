#pragma once

#include "abi/syscalls.h"
#include "base/text.h"

namespace pith::os {

/// How a process ended, as the one number that shells use: its own status; 137 if it was killed; 128 and the
/// exception's vector if it faulted.
[[nodiscard]] u64 shell_status(const abi::ProcessStatus::Reply& end);

/// For people: "exited with status 3", "killed", "page fault at 0x0".
[[nodiscard]] Text<80> describe_end(const abi::ProcessStatus::Reply& end);

} // namespace pith::os
