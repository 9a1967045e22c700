#pragma once

#include "proto/file.h"
#include "proto/supervision.h"

/// Mounting disks by hand. Whoever may send these messages may mount and take away, whatever the path.
namespace pith::proto::volumes {

/// The status of a file server that could not mount its disk: this much above the Error.
inline constexpr int failed_with = 64;

/// Starts a file server for the disk or partition (proto/block.h) and mounts its files at the path, which is
/// in normal form. Answered when they can be used; where that does not come about nothing is left of it.
/// `exists`: something is mounted there; `busy`: the disk is mounted already; `bad_format`, `unsupported`:
/// what lies on it.
struct Mount {
    using Reply = os::Done;
    using Handles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = false;
    u64 read_only; ///< 1: nothing is written to it; or 0
    os::Chunk<file::longest_path> bytes;
};

/// Writes everything that is not written yet, takes the mount point away and lets go of the disk, on which
/// nothing is left to repair. `busy`: somebody holds a file or directory there, or something is mounted
/// below; nothing has changed then. `not_found`: no disk is mounted there.
struct Unmount {
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    os::Chunk<file::longest_path> bytes;
};

struct Protocol {
    using Messages = TypeList<Mount, Unmount, supervision::End>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::volumes
