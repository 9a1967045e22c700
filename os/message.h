#pragma once

#include "abi/message.h"
#include "os/objects.h"

namespace pith::os {

/// A message before it is sent or after it came. Only what lies below `count` means something.
struct Message {
    std::array<u64, abi::max_words> words;
    u32 count = 0;
    u32 handle_count = 0;
    /// Sent: borrowed, the message carries copies. Received: the receiver's, for it to close.
    std::array<abi::Handle, abi::max_handles> handles;
    std::array<abi::Kind, abi::max_handles> kinds; ///< received: what they name
    /// Sent, with handles: they are given away, where it arrives.
    bool moves = false;
};

/// What a server was woken by.
struct Arrival {
    abi::Status what;  ///< anything but `error`
    u64 badge_or_bits; ///< the sender's badge; the bound notification's bits; the badge that is gone
    bool reply_failed; ///< of `reply_and_receive`: the answer did not fit its caller, and has not moved
};

/// Sends and waits for the reply, which replaces the message; so does nothing that means anything where there
/// is an error.
[[nodiscard]] Result<> call(const Endpoint& endpoint, Message& message, Instant deadline = Instant::never());
/// Delivers without a reply; waits until it is received.
[[nodiscard]] Result<> send(const Endpoint& endpoint, const Message& message,
                            Instant deadline = Instant::never());
[[nodiscard]] Result<Arrival> receive(const Endpoint& endpoint, Message& message,
                                      Instant deadline = Instant::never());
/// Answers the current caller with `message`, then waits for the next one, which replaces it.
[[nodiscard]] Result<Arrival> reply_and_receive(const Endpoint& endpoint, Message& message);
[[nodiscard]] Result<> reply(const ReplyRight& right, const Message& message);

} // namespace pith::os
