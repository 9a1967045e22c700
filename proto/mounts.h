#pragma once

#include "proto/file.h"

/// Which file system is found at which path. Every program asks for the table and goes to the file servers
/// itself (proto/file_space.h): no server stands between a program and its files, or waits for another one.
namespace pith::proto::mounts {

/// A mount point, normal in form: `/` or `/a/b`.
struct MountPoint {
    os::Chunk<file::longest_path> bytes;
};

/// Number `index` of the table; `not_found` behind the last. The handle is the file system's root, or of a
/// bound directory, that.
struct Get {
    using Reply = MountPoint;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    u64 index;
};

/// Adds a mount point; `exists` where there is one. Needs a capability with the badge `may_change`.
struct Attach {
    using Reply = os::Done;
    using Handles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = false;
    os::Chunk<file::longest_path> bytes;
};

/// Takes one away, and from everybody the capability that came with it. `busy` while files are open there, or
/// something is mounted below. Needs `may_change`.
struct Detach {
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    os::Chunk<file::longest_path> bytes;
};

inline constexpr u64 may_change = 1;

struct Protocol {
    using Messages = TypeList<Get, Attach, Detach>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::mounts
