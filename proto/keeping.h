#pragma once

#include "proto/file.h"
#include "proto/supervision.h"

/// What a service has its supervisor keep over its own end: capabilities, each by a name and with a number
/// that says what it is about. Memory that outlives a service (the grant kind `kept`) cannot hold these. A
/// service reaches nothing but what it, or a predecessor, has put there.
namespace pith::proto::keeping {

inline constexpr u64 longest_name = file::longest_path + 8;
/// How many capabilities are kept for one service.
inline constexpr u64 most = 40;

/// Keeps the capability, in the place of what has the name already. The answer brings a copy of what is kept,
/// to be used instead: what derives from that ends with `Drop`, whichever successor handed it on. `no_space`:
/// there are too many.
struct Keep {
    using Reply = os::Done;
    using Handles = TypeList<os::Endpoint>;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    u64 note;
    os::Chunk<longest_name> bytes;
};

/// What is kept, in the order in which it came; `not_found` behind the last.
struct At {
    using Reply = struct Kept;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    u64 index;
};
struct Kept {
    u64 note;
    os::Chunk<longest_name> bytes;
};

/// Gives up what has this name, and takes it from everybody who has it from there. Where nothing kept is
/// called so, it is a connection that the service table grants: successors are started without it.
struct Drop {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    os::Chunk<longest_name> bytes;
};

struct Protocol {
    using Messages = TypeList<supervision::End, Keep, At, Drop>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::keeping
