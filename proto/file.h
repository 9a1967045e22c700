#pragma once

#include "os/client.h"

/// Files and directories. The endpoint's badge names one of them; what is not below it cannot be named. The
/// server keeps nothing between messages: where to read next is the client's business.
namespace pith::proto::file {

enum class Kind : u64 { file = 1, directory = 2 };

struct Info {
    u64 kind; ///< Kind
    u64 size; ///< bytes; of a directory, its entries
    u64 inode;
};

inline constexpr u64 longest_path = 400;

/// Of what the badge names.
struct Stat {
    using Reply = Info;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};

/// A handle for what lies at `path` below this directory; an empty path is the directory itself. Names are
/// separated by `/`; `.` and `..` are taken as usual, but nothing leads out of the directory.
struct Open {
    using Reply = Info;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true;
    os::Chunk<longest_path> bytes;
};

/// A few bytes, in the reply. Fewer than asked for only at the end of the file.
struct Read {
    using Reply = struct ReadReply;
    static constexpr bool repeatable = true;
    u64 offset;
    u64 length;
};
struct ReadReply {
    os::Chunk<480> bytes;
};

/// Many bytes, into the memory's first pages.
struct ReadInto {
    using Reply = struct ReadIntoReply;
    using Handles = TypeList<os::Memory>;
    static constexpr bool repeatable = true;
    u64 offset;
    u64 length;
};
struct ReadIntoReply {
    u64 length;
};

/// The directory's entry number `index`, in the order of their names; `not_found` behind the last.
struct List {
    using Reply = struct Entry;
    static constexpr bool repeatable = true;
    u64 index;
};
struct Entry {
    Info info;
    os::Chunk<256> bytes; ///< the name
};

struct Protocol {
    using Messages = TypeList<Stat, Open, Read, ReadInto, List>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::file
