#pragma once

#include "proto/file.h"

namespace pith::proto::file {

/// Since when something that one client has changed is not safe yet: the epoch in which it began (0: nothing
/// is). Where the server ended meanwhile and that was lost, the next change or `sync` fails with `lost`,
/// once.
class Since {
  public:
    explicit Since(u64 epoch = 0) : epoch_{epoch} {}
    /// For who hands the file on.
    [[nodiscard]] u64 epoch() const { return epoch_; }

    /// Sends a message that changes the file.
    template <class Client, class M, class... H>
    [[nodiscard]] Result<Changed> change(const Client& client, M& message, const H&... handles) {
        message.since = epoch_;
        Result<Changed> changed = client.call(message, handles...);
        if (!changed) return failed(changed.error());
        if (epoch_ == 0) epoch_ = changed->epoch;
        return changed;
    }
    /// Nothing is written: only whether all that was is still there.
    template <class Client>
    [[nodiscard]] Result<> check(const Client& client) {
        if (epoch_ == 0) return {};
        Write nothing;
        nothing.offset = 0;
        TRY(change(client, nothing));
        return {};
    }
    template <class Client>
    [[nodiscard]] Result<> sync(const Client& client) {
        const auto synced = client.call(Sync{epoch_});
        if (!synced) return failed(synced.error());
        epoch_ = 0;
        return {};
    }

  private:
    [[nodiscard]] std::unexpected<Error> failed(Error error) {
        if (error == Error::lost) epoch_ = 0; // from here on it begins anew
        return fail(error);
    }
    u64 epoch_;
};

} // namespace pith::proto::file
