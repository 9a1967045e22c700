#pragma once

#include "os/dma.h"
#include "proto/block_badge.h"
#include "proto/block_batch.h"

#include <memory>

namespace pith::proto::block {

/// A client's memory, as the device sees it, and which sectors it is for.
struct Session {
    u64 badge;
    const Disk* disk;
    Range range;
    os::DmaMapping pages;
    bool alone = false; ///< its client keeps a file system there
    u32 batches = 0;    ///< under way
    bool gone = false;  ///< nobody holds its capability any more
};

/// Who shares memory with a disk driver, by the badge of their capability.
class Sessions {
  public:
    /// A number that no session has, of this process or, with all likelihood, of its predecessors.
    [[nodiscard]] Result<u32> new_number();
    [[nodiscard]] Session* find(u64 badge);
    /// Whether another client keeps a file system on any of these sectors.
    [[nodiscard]] bool is_taken(const Disk& disk, Range range, u64 badge) const;
    /// In place of the one with this badge, if there is one that does nothing.
    [[nodiscard]] Result<> put(Session session);
    /// Its memory is given back once the device is done with it.
    void close(u64 badge);
    void release(Session& session);

  private:
    static constexpr u64 most = 32;
    [[nodiscard]] std::unique_ptr<Session>* place_of(u64 badge);

    std::array<std::unique_ptr<Session>, most> sessions_{};
    u32 last_number_ = 0;
};

} // namespace pith::proto::block
