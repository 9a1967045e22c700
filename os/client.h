#pragma once

#include "os/protocol.h"

namespace pith::os {

/// Speaks a protocol to whoever receives on an endpoint: `client.call(file::Read{.offset = 0})`.
template <class Protocol>
class Client {
  public:
    explicit Client(Endpoint endpoint) : endpoint_{std::move(endpoint)} {}
    /// For Start::take.
    [[nodiscard]] static Result<Client> from(Handle handle) {
        return Client{TRY(Endpoint::from(std::move(handle)))};
    }

    /// Sends `m` with copies of the handles and waits for the answer. A call that a server's end interrupted
    /// is made again to its successor where the message says that this does no harm.
    template <class M, class... H>
    [[nodiscard]] Result<Answer<M>> call(const M& m, const H&... handles) const {
        static_assert(std::same_as<TypeList<H...>, typename detail::HandlesOf<M>::type>,
                      "the handles must be those that the message declares");
        constexpr int attempts = M::repeatable ? 3 : 1;
        for (int attempt = 1;; ++attempt) {
            Message message;
            detail::encode(index_of<M>(typename Protocol::Messages{}), m, message);
            ((message.handles[message.handle_count++] = handles.id()), ...);
            if (const auto sent = os::call(endpoint_, message); sent)
                return answer<M>(message);
            else if (attempt == attempts || !may_repeat(sent.error()))
                return fail(sent.error());
        }
    }
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    /// Gives up ownership without closing.
    [[nodiscard]] abi::Handle release() { return endpoint_.release(); }

  private:
    static bool may_repeat(Error error) { return error == Error::interrupted || error == Error::dropped; }

    template <class M>
    static Result<Answer<M>> answer(const Message& message) {
        using ReplyHandles = typename detail::ReplyHandlesOf<M>::type;
        const u32 error = static_cast<u32>(message.words[0]);
        if constexpr (std::same_as<ReplyHandles, TypeList<>>) {
            if (message.handle_count != 0) detail::HandleBag{message}.close();
            if (error != 0) return fail(static_cast<Error>(error));
            if (message.handle_count != 0) return fail(Error::bad_format);
            Result<Answer<M>> result{std::in_place}; // the one that is returned: it can be large
            if (const auto decoded = detail::decode(message, *result); !decoded)
                result = fail(decoded.error());
            return result;
        } else {
            detail::HandleBag bag{message};
            if (error != 0) return fail(static_cast<Error>(error));
            typename M::Reply value;
            TRY(detail::decode(message, value));
            return Answer<M>{value, TRY(bag.take(ReplyHandles{}))};
        }
    }

    Endpoint endpoint_;
};

} // namespace pith::os
