#pragma once

#include "base/result.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

/// Sets aside what is missing of the slots that the thread accepts handles in.
[[nodiscard]] Result<> reserve_slots(Thread& thread);

/// Whether that was possible, of what memory there is now. For the fast path, which does not align its stack.
[[nodiscard, gnu::force_align_arg_pointer]] bool has_slots_again(Thread& thread);

/// Whether the thread's last reply failed; it is told once.
[[nodiscard]] bool take_failed_reply(Thread& thread);

/// Ends a messaging call without a message: nothing came but the news that it is done, or bits, or an error.
void deliver_done(Thread& thread);
void deliver_bits(Thread& thread, u64 bits);
void deliver_gone(Thread& thread, u64 badge);
void deliver_error(Thread& thread, Error error);

} // namespace pith::kernel
