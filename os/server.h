#pragma once

#include "os/protocol.h"

#include <optional>

namespace pith::os {

namespace detail {

inline void encode_error(Error error, Message& message) { encode(static_cast<u64>(error), Done{}, message); }

template <class M>
void encode_answer(Answer<M>&& answer, Message& message, HandleBag& outgoing) {
    if constexpr (std::same_as<Answer<M>, typename M::Reply>) {
        encode(0, answer, message);
    } else {
        encode(0, answer.value, message);
        std::apply([&](auto&... handles) { (outgoing.add(std::move(handles)), ...); }, answer.handles);
        message.handle_count = outgoing.count();
        message.moves = true;
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
    /// Where it matters to nobody that the caller has stopped waiting.
    void answer(Result<Answer<M>> result) { static_cast<void>(try_answer(std::move(result))); }
    /// The same; whether the caller was still there.
    [[nodiscard]] bool try_answer(Result<Answer<M>> result) {
        Message message;
        detail::HandleBag outgoing;
        if (result)
            detail::encode_answer<M>(*std::move(result), message, outgoing);
        else
            detail::encode_error(result.error(), message);
        const bool taken = reply(right_, message).has_value();
        if (taken) outgoing.forget();
        right_.close();
        return taken;
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

template <class M>
bool put(Result<Answer<M>>& answer, Message& message, HandleBag& outgoing) {
    if (answer)
        encode_answer<M>(*std::move(answer), message, outgoing);
    else
        encode_error(answer.error(), message);
    return true;
}
template <class M>
bool put(MaybeAnswer<M>& answer, Message& message, HandleBag& outgoing) {
    return answer && put<M>(*answer, message, outgoing);
}

/// An unknown message, or a wrong one: what it carried is closed.
inline bool refuse(Message& message, Error error) {
    HandleBag{message}.close();
    encode_error(error, message);
    return true;
}

/// Handles one message, which becomes its answer. False: there is nothing to answer now.
template <class M, class Server>
bool deliver(Server& server, Message& message, u64 badge, HandleBag& outgoing) {
    using Handles = typename HandlesOf<M>::type;
    M m;
    if (const auto decoded = decode(message, m); !decoded) return refuse(message, decoded.error());
    if constexpr (std::same_as<Handles, TypeList<>>) {
        if (message.handle_count != 0) return refuse(message, Error::bad_argument);
        auto answer = server.on(m, Caller<M>{badge});
        return put<M>(answer, message, outgoing);
    } else {
        HandleBag bag{message};
        auto handles = bag.take(Handles{});
        if (!handles) {
            encode_error(handles.error(), message);
            return true;
        }
        auto answer = std::apply(
            [&](auto&... handle) { return server.on(m, Caller<M>{badge}, std::move(handle)...); }, *handles);
        return put<M>(answer, message, outgoing);
    }
}

template <class Server, class... M>
bool handle(Server& server, TypeList<M...> /*types*/, u64 number, Message& message, u64 badge,
            HandleBag& outgoing) {
    static constexpr std::array<bool (*)(Server&, Message&, u64, HandleBag&), sizeof...(M)> functions{
        &deliver<M, Server>...};
    return number < functions.size() ? functions[number](server, message, badge, outgoing)
                                     : refuse(message, Error::unknown_call);
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
    detail::HandleBag outgoing; // the answer gives them away, if it arrives
    bool answered = false;
    for (;;) {
        const auto arrival =
            TRY(answered ? reply_and_receive(endpoint, message) : receive(endpoint, message));
        if (arrival.reply_failed)
            outgoing.close();
        else
            outgoing.forget();
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
