#pragma once

#include "abi/syscalls.h"
#include "base/result.h"
#include "kernel/object/thread.h"

#include <bit>
#include <utility>

namespace pith::kernel {

/// The tag says which call it is, how many words there are beyond those in registers, at most as many as
/// there can be, and nothing else: in one comparison.
[[nodiscard, gnu::always_inline]] inline bool is_plain(abi::MessageTag tag, abi::MessageCall call) {
    constexpr u64 most_extra_words = abi::max_words - abi::register_words;
    return std::rotr(tag.raw - std::to_underlying(call), 8) <= most_extra_words;
}

/// Sets aside what is missing of the slots that the thread accepts handles in.
[[nodiscard]] Result<> reserve_slots(Thread& thread);

/// Whether that was possible, of what memory there is now. For the fast path, which does not align its stack.
[[nodiscard, gnu::force_align_arg_pointer]] bool has_slots_again(Thread& thread);

/// Whether the thread's last reply failed; it is told once.
[[nodiscard]] inline bool take_failed_reply(Thread& thread) {
    const bool failed = (thread.unusual & unusual::failed_reply) != 0;
    if (failed) [[unlikely]]
        thread.unusual &= ~unusual::failed_reply;
    return failed;
}

/// Ends a messaging call without a message: nothing came but the news that it is done, or bits, or an error.
void deliver_done(Thread& thread);
void deliver_bits(Thread& thread, u64 bits);
void deliver_gone(Thread& thread, u64 badge);
void deliver_error(Thread& thread, Error error);

} // namespace pith::kernel
