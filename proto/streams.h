#pragma once

#include "proto/console.h"
#include "proto/file.h"

/// Where a program's output goes and its input comes from, when that is not the terminal: pipes, and files
/// that are read or written from front to back. An end of a stream is an endpoint that speaks the console's
/// protocol, so that no program needs to know.
namespace pith::proto::streams {

/// A pipe: the end to read from, the end to write to. It holds 4 KiB; who writes more waits. When nobody
/// holds the writing end any more, reading ends with no bytes; when nobody holds the reading end, writing
/// fails with `closed`.
struct MakePipe {
    using Reply = os::Done;
    using ReplyHandles = TypeList<os::Endpoint, os::Endpoint>;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
/// An end to read a file's bytes from, from the first on.
struct ReadFile {
    using Reply = os::Done;
    using Handles = TypeList<os::Endpoint>;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
/// An end that writes to a file, from `offset` on. A Write of no bytes asks what became of those before: it
/// fails with the first error there was. `since` is of who has opened the file (proto/file.h).
struct WriteFile {
    using Reply = os::Done;
    using Handles = TypeList<os::Endpoint>;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    u64 offset;
    u64 since;
};

struct Protocol {
    using Messages = TypeList<console::Write, console::Read, console::GetMode, console::WatchInterrupt,
                              MakePipe, ReadFile, WriteFile>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::streams
