#pragma once

#include "abi/syscalls.h"
#include "base/text.h"

namespace pith::os {

/// How a process ended, as the one number that shells use: its own status; 137 if it was killed; 128 and the
/// exception's vector if it faulted.
[[nodiscard]] u64 shell_status(const abi::ProcessStatus::Reply& end);

/// For people: "page fault", "exception 40"; what a process's end, or a message of a fault, calls it.
[[nodiscard]] Text<40> name_of_fault(u64 vector);

/// For people: "exited with status 3", "killed", "page fault at 0x0".
[[nodiscard]] Text<80> describe_end(const abi::ProcessStatus::Reply& end);

} // namespace pith::os
