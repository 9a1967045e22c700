#pragma once

#include "os/protocol.h"

#include <optional>

namespace pith::os {

namespace detail {

inline void encode_error(Error error, Message& message) { encode(static_cast<u64>(error), Done{}, message); }

template <class M>
void encode_answer(Answer<M> answer, Message& message, HandleBag& outgoing) {
    if constexpr (std::same_as<Answer<M>, typename M::Reply>) {
        encode(0, answer, message);
    } else {
        encode(0, answer.value, message);
        std::apply([&](auto&... handles) { (outgoing.add(std::move(handles)), ...); }, answer.handles);
        message.handle_count = outgoing.count();
        for (u32 i = 0; i < outgoing.count(); ++i)
            message.handles[i] = outgoing.id(i);
    }
}

} // namespace detail

/// The right to answer one M later. Dropped without an answer, its caller gets an error.
template <class M>
class Pending {
  public:
    explicit Pending(ReplyRight right) : right_{std::move(right)} {}
    void answer(Result<Answer<M>> result) {
        Message message;
        detail::HandleBag outgoing;
        if (result)
            detail::encode_answer<M>(*std::move(result), message, outgoing);
        else
            detail::encode_error(result.error(), message);
        // The only error that matters to nobody: the caller has stopped waiting.
        static_cast<void>(reply(right_, message));
        right_.close();
    }

  private:
    ReplyRight right_;
};

/// Who sent the message that is being handled.
template <class M>
class Caller {
  public:
    explicit Caller(u64 badge) : badge_{badge} {}
    [[nodiscard]] u64 badge() const { return badge_; }
    /// To answer later; the handler then returns nullopt.
    [[nodiscard]] Result<Pending<M>> keep() const { return Pending<M>{TRY(ReplyRight::keep())}; }

  private:
    u64 badge_;
};

/// What a handler returns that may answer later; one that always answers at once returns Result<Answer<M>>.
template <class M>
using MaybeAnswer = std::optional<Result<Answer<M>>>;

namespace detail {

template <class M, class Server>
MaybeAnswer<M> dispatch(Server& server, const Message& message, u64 badge) {
    HandleBag bag{message};
    auto m = decode<M>(message);
    if (!m) return Result<Answer<M>>{fail(m.error())};
    auto handles = bag.take(typename HandlesOf<M>::type{});
    if (!handles) return Result<Answer<M>>{fail(handles.error())};
    return std::apply(
        [&](auto&... handle) -> MaybeAnswer<M> {
            return server.on(*m, Caller<M>{badge}, std::move(handle)...);
        },
        *handles);
}

/// Handles one message, which becomes its answer. False: there is nothing to answer now.
template <class M, class Server>
bool deliver(Server& server, Message& message, u64 badge, HandleBag& outgoing) {
    MaybeAnswer<M> answer = dispatch<M>(server, message, badge);
    if (!answer) return false;
    if (*answer)
        encode_answer<M>(**std::move(answer), message, outgoing);
    else
        encode_error(answer->error(), message);
    return true;
}

/// An unknown message: what it carried is closed.
inline bool refuse(Message& message) {
    const HandleBag bag{message};
    encode_error(Error::unknown_call, message);
    return true;
}

template <class Server>
bool handle(Server& server, TypeList<> /*none left*/, u64 /*number*/, Message& message, u64 /*badge*/,
            HandleBag& /*outgoing*/) {
    static_cast<void>(server);
    return refuse(message);
}
template <class Server, class M, class... Rest>
bool handle(Server& server, TypeList<M, Rest...> /*types*/, u64 number, Message& message, u64 badge,
            HandleBag& outgoing) {
    if (number == 0) return deliver<M>(server, message, badge, outgoing);
    return handle(server, TypeList<Rest...>{}, number - 1, message, badge, outgoing);
}

/// What came without a message, to a server that wants to know.
template <class Server>
void tell(Server& server, const Arrival& arrival) {
    if constexpr (requires { server.on_notification(u64{}); })
        if (arrival.what == abi::Status::notification) server.on_notification(arrival.badge_or_bits);
    if constexpr (requires { server.on_gone(u64{}); })
        if (arrival.what == abi::Status::gone) server.on_gone(arrival.badge_or_bits);
}

} // namespace detail

/// Receives, checks and dispatches, for ever. Does not compile unless `server.on(message, caller, handles…)`
/// exists for every message of the protocol. A server with `on_notification(bits)` is also told of the bound
/// notification, one with `on_gone(badge)` of badges that nobody carries any more. No client can end the
/// loop: it returns only when receiving itself fails.
template <class Protocol, class Server>
[[nodiscard]] Result<> serve(const Endpoint& endpoint, Server& server) {
    Message message;
    detail::HandleBag outgoing; // the reply carries copies: kept until it is sent
    bool answered = false;
    for (;;) {
        const auto arrival =
            TRY(answered ? reply_and_receive(endpoint, message) : receive(endpoint, message));
        outgoing = {};
        answered = false;
        if (arrival.what == abi::Status::message) {
            const u64 number = static_cast<u32>(message.words[0]);
            answered = detail::handle(server, typename Protocol::Messages{}, number, message,
                                      arrival.badge_or_bits, outgoing);
        } else {
            detail::tell(server, arrival);
        }
    }
}

} // namespace pith::os
