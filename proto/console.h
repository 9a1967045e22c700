#pragma once

#include "os/client.h"

/// The machine's terminal: text out, raw bytes in.
namespace pith::proto::console {

/// Writes all of the text, `\n` as the line's end. Answered when it has room behind what was written before.
struct Write {
    using Reply = os::Done;
    static constexpr bool repeatable = false; // the first part may have been written
    os::Chunk<480> bytes;
};

/// Takes the next bytes that were typed, at least one and at most `most`; waits while there are none. They
/// come as typed: nothing is echoed or edited. In plain mode byte 4 (Ctrl-D) marks the end of input. A stream
/// that is no terminal (proto/streams.h) ends with a reply of no bytes.
struct Read {
    using Reply = struct ReadReply;
    static constexpr bool repeatable = true; // a console that ends takes what it held with it
    u64 most;
};
struct ReadReply {
    os::Chunk<480> bytes;
};

/// How the console presents itself.
enum class Mode : u64 {
    terminal = 0, ///< a person: lines end with \r\n
    plain = 1,    ///< a program: bytes go out as they are
};
struct GetMode {
    using Reply = struct ModeReply;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct ModeReply {
    u64 mode; ///< Mode
};

/// From now on Ctrl-C, while nobody reads, throws away what was typed before it and signals `bits` instead of
/// being input; one that waits to be read does so at once. One watcher at a time; `bits` 0 ends it.
struct WatchInterrupt {
    using Reply = os::Done;
    using Handles = TypeList<os::Notification>;
    static constexpr bool repeatable = true;
    u64 bits;
};

struct Protocol {
    using Messages = TypeList<Write, Read, GetMode, WatchInterrupt>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::console
