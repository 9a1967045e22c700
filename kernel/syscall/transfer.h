#pragma once

#include "base/result.h"
#include "kernel/object/handle_table.h"
#include "kernel/object/thread.h"

#include <span>

namespace pith::kernel {

/// Brings the message in the registers and buffer of `from` into those of `to`. All or nothing. Handles are
/// copied; one without the copy right moves. `no_slots`: `to` has not reserved enough; `bad_handle`,
/// `denied`.
[[nodiscard]] Result<> transfer_message(Thread& from, Thread& to, u64 badge);

/// Its handles alone, `count` of them. They end where the receiver looks for them.
/// The fast path does not align its stack.
[[nodiscard, gnu::force_align_arg_pointer]] Result<> transfer_handles(Thread& from, Thread& to, u32 count);

/// Whether every handle can travel: each can be copied, or is a Reply and named once. `bad_handle`, `denied`,
/// `bad_argument`.
[[nodiscard]] Result<> check_handles(HandleTable& table, std::span<const abi::Handle> handles);
/// Copies, or moves, one that can travel into a slot that was set aside in `to`.
abi::Handle hand_over(HandleTable& from, abi::Handle handle, HandleTable& to, u32 reserved);

} // namespace pith::kernel
