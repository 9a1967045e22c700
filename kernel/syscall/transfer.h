#pragma once

#include "base/result.h"
#include "kernel/object/handle_table.h"
#include "kernel/object/thread.h"

#include <span>

namespace pith::kernel {

/// How handles travel. A Reply, which cannot be copied, always moves.
enum class Travel : u8 { copied, moved };

/// Brings the message in the registers and buffer of `from` into those of `to`. All or nothing. `no_slots`:
/// `to` has not reserved enough; `bad_handle`, `denied`, `bad_argument`.
[[nodiscard]] Result<> transfer_message(Thread& from, Thread& to, u64 badge);

/// Its handles alone. They end where the receiver looks for them. `through`, by which the message is sent,
/// does not move with it. The fast path does not align its stack.
[[nodiscard, gnu::force_align_arg_pointer]] Result<>
transfer_handles(Thread& from, Thread& to, abi::MessageTag tag, abi::Handle through);

/// Whether every handle can travel: each can be copied, or is a Reply; what moves is named once, and is not
/// `through`. `bad_handle`, `denied`, `bad_argument`.
[[nodiscard]] Result<> check_handles(HandleTable& table, std::span<const abi::Handle> handles, Travel how,
                                     abi::Handle through);
/// A handle that has come, and what it names.
struct Delivered {
    abi::Handle handle;
    abi::Kind kind;
};
/// Brings one that can travel into a slot that was set aside in `to`.
Delivered hand_over(HandleTable& from, abi::Handle handle, HandleTable& to, u32 reserved, Travel how);

} // namespace pith::kernel
