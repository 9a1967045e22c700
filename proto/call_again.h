#pragma once

#include "os/client.h"

namespace pith::proto {

/// A call that changes something, made again to the server's successor where the server ended meanwhile: it
/// may have happened then, and `may_have_happened` says so to whoever has to understand the second answer.
template <class Protocol, class M, class... H>
[[nodiscard]] Result<> call_again(const os::Client<Protocol>& client, const M& message,
                                  bool& may_have_happened, const H&... handles) {
    constexpr int attempts = 3;
    for (int attempt = 1;; ++attempt) {
        const auto answer = client.call(message, handles...);
        if (answer) return {};
        const bool ended = answer.error() == Error::interrupted || answer.error() == Error::dropped;
        if (!ended || attempt == attempts) return fail(answer.error());
        may_have_happened = true;
    }
}

/// The same, where `error` is what the second answer says if it had happened.
template <class Protocol, class M, class... H>
[[nodiscard]] Result<> call_until(Error error, const os::Client<Protocol>& client, const M& message,
                                  const H&... handles) {
    bool may_have_happened = false;
    const auto done = call_again(client, message, may_have_happened, handles...);
    return !done && may_have_happened && done.error() == error ? Result<>{} : done;
}

} // namespace pith::proto
