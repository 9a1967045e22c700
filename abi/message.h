#pragma once

#include "abi/handle.h"
#include "abi/objects.h"
#include "base/address.h"

#include <array>

namespace pith::abi {

/// A message is up to 64 words and 4 handles. Its first 10 words travel in registers; the rest, and handles,
/// in the thread's message buffer.
inline constexpr u32 max_words = 64;
inline constexpr u32 register_words = 10;
inline constexpr u32 max_handles = 4;

/// One page that the kernel owns and that is mapped, readable and writable, into the thread's process where
/// its creator chose. The kernel reads each field once before it checks it.
struct MessageBuffer {
    /// Words 10 to 63 of the message, at their own index; words 0 to 9 are unused, they are in registers.
    std::array<u64, max_words> words;
    /// In: handles that the message carries. Out: the receiver's new handles.
    std::array<Handle, max_handles> handles;
    /// Out: what they name; `none` in place of one that was revoked on its way.
    std::array<Kind, max_handles> kinds;
    u32 unused;
    /// In: until when to wait, where the request says `with_deadline`.
    u64 deadline;
    /// The rest of the page: results of calls that return more than registers hold.
    std::array<u64, 512 - max_words - max_handles - 2> results;
};
static_assert(sizeof(MessageBuffer) == page_size);

/// The messaging calls' first register (rax), in: which call, and what beyond ten words the message holds.
/// Out: what came. Bits that are not named are 0 or the call is refused.
///
///   bits  0..7   in: the call's number     out: Status
///   bits  8..15  words of the message beyond the first ten (0 to 54)
///   bits 16..19  handles in the message (0 to 4)
///   bit  20      in: with_deadline: `deadline` of the message buffer holds
///   bit  21      in: moves: the handles leave the sender, once the message is delivered
///   bit  24      out, `reply_and_receive`: the reply did not fit its caller and was not delivered
///   bits 32..39  out: the Error, where Status is `error`
struct MessageTag : Strong<struct MessageTagTag> {
    [[nodiscard]] constexpr u8 low() const { return static_cast<u8>(raw); }
    [[nodiscard]] constexpr u32 extra_words() const { return static_cast<u8>(raw >> 8); }
    [[nodiscard]] constexpr u32 handles() const { return static_cast<u32>(raw >> 16 & 15); }
    [[nodiscard]] constexpr bool with_deadline() const { return (raw >> 20 & 1) != 0; }
    [[nodiscard]] constexpr bool moves() const { return (raw >> 21 & 1) != 0; }
    [[nodiscard]] constexpr bool reply_failed() const { return (raw >> 24 & 1) != 0; }
    [[nodiscard]] constexpr u8 error() const { return static_cast<u8>(raw >> 32); }
    /// Whether a request is in the form that the contract allows.
    [[nodiscard]] constexpr bool well_formed() const {
        return (raw >> 22) == 0 && extra_words() <= max_words - register_words && handles() <= max_handles;
    }
    [[nodiscard]] static constexpr MessageTag make(u8 low, u32 extra_words, u32 handles,
                                                   bool with_deadline = false) {
        return {{u64{low} | u64{extra_words} << 8 | u64{handles} << 16 | u64{with_deadline} << 20}};
    }
    [[nodiscard]] constexpr MessageTag moving() const { return {raw | u64{1} << 21}; }
    [[nodiscard]] constexpr MessageTag with_failed_reply() const { return {raw | u64{1} << 24}; }
    [[nodiscard]] static constexpr MessageTag failed(u8 error) { return {{1 | u64{error} << 32}}; }
};

/// What a messaging call came back with.
enum class Status : u8 {
    message = 0,      ///< a message (for `call`: the reply). Badge of the sender in rdi, 0 for a reply
    error = 1,        ///< nothing came; the Error is in the tag
    notification = 2, ///< `receive`: the bound notification's bits, in rdi; no message
    gone = 3,         ///< `receive`: nobody holds a capability with the badge in rdi any more; no message
    fault = 4, ///< `receive`: a thread's fault (abi/debug.h), to be answered; the handler's badge in rdi
};

} // namespace pith::abi
