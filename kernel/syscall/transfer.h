#pragma once

#include "base/result.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

/// Brings the message in the registers and buffer of `from` into those of `to`. All or nothing. Handles are
/// copied; one without the copy right moves. `no_slots`: `to` has not reserved enough; `bad_handle`,
/// `denied`.
[[nodiscard]] Result<> transfer_message(Thread& from, Thread& to, u64 badge);

} // namespace pith::kernel
