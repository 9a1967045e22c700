#pragma once

#include "os/mapping.h"
#include "proto/file_badge.h"

#include <array>

namespace pith::proto::file {

/// Memory that clients have lent for a file each, by the badge of the capability that they got for it.
class Sessions {
  public:
    struct Session {
        u64 badge = 0; ///< 0: there is none
        Badge file{};
        os::Mapping memory{}; ///< guarded: the client may take it away at any time
    };
    /// As much as a client can lend.
    static constexpr PageCount largest = pages(256);

    /// `busy`: there are too many. The new one's badge.
    [[nodiscard]] Result<u64> add(Badge file, const os::Memory& memory);
    /// Null: of a predecessor of this process, or of nobody.
    [[nodiscard]] const Session* find(u64 badge) const {
        const Session& session = sessions_[number_of(badge) % most];
        return session.badge == badge ? &session : nullptr;
    }
    void close(u64 badge) {
        if (find(badge) != nullptr) sessions_[number_of(badge) % most] = {};
    }

  private:
    static constexpr u64 most = 32;
    static constexpr u64 number_of(u64 badge) { return badge >> 8; }
    static constexpr u64 badge_of(u64 number) { return number << 8 | Badge::session; }

    std::array<Session, most> sessions_{};
    u64 last_ = 0; ///< number, which says where the session is in the table
};

} // namespace pith::proto::file
