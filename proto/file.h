#pragma once

#include "base/calendar.h"
#include "os/client.h"

/// Files, directories and symbolic links. The endpoint's badge names one of them and what may be done with it
/// (proto/file_badge.h); what is not below it cannot be named. The server keeps nothing between messages:
/// where to read or write next is the client's business.
///
/// Paths are names separated by `/`; empty names and `.` are skipped, `..` leads up, but never out of the
/// directory that the message goes to. A server does not follow symbolic links, because only the client knows
/// what is mounted where they lead: it answers `is_link`, and `Resolve` tells which one. proto/file_space.h
/// does all of that.
///
/// A server may end before what it has answered is safe. So the reply to a change names the epoch of its
/// files, and `since` of the next change or Sync is the epoch of the first that is not safe yet (0: there is
/// none): `lost` where another one has begun. proto/file_since.h does that.
namespace pith::proto::file {

enum class Kind : u64 { file = 1, directory = 2, link = 3 };

/// How many bytes were read.
struct Length {
    u64 length;
};
/// How many bytes were written, or how many there are now.
struct Changed {
    u64 length;
    u64 epoch;
};

struct Info {
    u64 kind;            ///< Kind
    u64 size;            ///< bytes; of a directory, its entries
    u64 inode;           ///< tells two files of one file system apart, while both exist
    u64 links;           ///< how many names it has
    WallTime modified{}; ///< what it holds; of these four each may be unknown
    WallTime changed{};  ///< anything about it
    WallTime accessed{}; ///< read: the first time after it was modified, then once a day
    WallTime made{};
};

inline constexpr u64 longest_path = 400;
inline constexpr u64 longest_name = 255;
/// Two paths share this much.
inline constexpr u64 longest_pair = 464;

/// Flags of Open.
namespace open_flags {
inline constexpr u64 read = 1;
inline constexpr u64 write = 2;      ///< needs a capability that may write
inline constexpr u64 create = 4;     ///< an empty file, where there is nothing
inline constexpr u64 exclusive = 8;  ///< with `create`: `exists` where there is something
inline constexpr u64 truncate = 16;  ///< with `write`: throws the content away
inline constexpr u64 directory = 32; ///< `not_directory` where it is none
inline constexpr u64 all = 63;
} // namespace open_flags

/// Of what the badge names.
struct Stat {
    using Reply = Info;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};

/// A handle for what lies at the path; the empty path is the directory itself. It can do what `flags` say and
/// no more.
struct Open {
    using Reply = struct Opened;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true; // but `exclusive` may then find what the first attempt made
    u64 flags;
    os::Chunk<longest_path> bytes;
};
struct Opened {
    Info info;
    u64 since; ///< the epoch, where opening it has changed something; or 0
};

/// What lies at the path, without a handle for it. A link that the last name names is not followed.
struct Look {
    using Reply = Info;
    static constexpr bool repeatable = true;
    os::Chunk<longest_path> bytes;
};

/// The first symbolic link on a path: how many bytes of the path lead to it, its own name included, and what
/// it says. Where there is none, all of the path and nothing. `follow_last` 0: the last name may be a link.
struct Resolve {
    using Reply = struct Resolution;
    static constexpr bool repeatable = true;
    u64 follow_last;
    os::Chunk<longest_path> bytes;
};
struct Resolution {
    u64 used;
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
    ReadReply() {} // not cleared: it is the largest reply, and the one to the shortest question
    os::Chunk<480> bytes;
};

/// Many bytes, into the memory's first pages.
struct ReadInto {
    using Reply = Length;
    using Handles = TypeList<os::Memory>;
    static constexpr bool repeatable = true;
    u64 offset;
    u64 length;
};

/// The directory's next entry: 0 begins, then `next` of the reply before. `not_found` behind the last. What
/// comes or goes meanwhile may be missed; all else is listed once.
struct List {
    using Reply = struct Entry;
    static constexpr bool repeatable = true;
    u64 cursor;
};
struct Entry {
    Info info;
    u64 next;
    os::Chunk<256> bytes; ///< the name
};

/// A few bytes to where `offset` says; what lies between the end and there reads as zeros. All or nothing.
struct Write {
    using Reply = Changed;
    static constexpr bool repeatable = true;
    u64 since = 0;
    u64 offset;
    os::Chunk<472> bytes;
};

/// A few bytes behind the end, wherever that is when they arrive. The reply: the file's new size.
struct Append {
    using Reply = Changed;
    static constexpr bool repeatable = false;
    u64 since = 0;
    os::Chunk<472> bytes;
};

/// Many bytes, from the memory's first pages. The reply: how many were written; fewer where space ended.
struct WriteFrom {
    using Reply = Changed;
    using Handles = TypeList<os::Memory>;
    static constexpr bool repeatable = true;
    u64 since = 0;
    u64 offset;
    u64 length;
};

/// Lends memory for as long as somebody holds the capability in the reply: one to the same file, through
/// which `ReadLent` and `WriteLent` go. `busy`: the server has enough of others' memory; `wrong_state`, from
/// then on: it is another one, to which the memory has to be lent again. proto/file_window.h does all of
/// that.
struct Lend {
    using Reply = os::Done;
    using Handles = TypeList<os::Memory>;
    using ReplyHandles = TypeList<os::Endpoint>;
    static constexpr bool repeatable = true; // the first capability has ended with its server
    u64 unused = 0;
};
/// As ReadInto and WriteFrom, into and from the memory that was lent.
struct ReadLent {
    using Reply = Length;
    static constexpr bool repeatable = true;
    u64 offset;
    u64 length;
};
struct WriteLent {
    using Reply = Changed;
    static constexpr bool repeatable = true;
    u64 since = 0;
    u64 offset;
    u64 length;
};

/// Cuts the file, or adds zeros.
struct Resize {
    using Reply = Changed;
    static constexpr bool repeatable = true;
    u64 since = 0;
    u64 size;
};

struct MakeDirectory {
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    os::Chunk<longest_path> bytes;
};

/// Takes a name away: of a file or link, or (`directory` 1) of an empty directory. A file that is open works
/// on until nobody holds a capability to it.
struct Remove {
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    u64 directory;
    os::Chunk<longest_path> bytes;
};

/// Two texts, `first` the length of the first one.
struct Rename { ///< from, to; what is at `to` is replaced, at one moment
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    u64 first;
    os::Chunk<longest_pair> bytes;
};
struct Link { ///< another name for a file: the file, the name
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    u64 first;
    os::Chunk<longest_pair> bytes;
};
struct MakeLink { ///< a symbolic link: what it says, its name
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    u64 first;
    os::Chunk<longest_pair> bytes;
};

/// Answered when what was written before is where a power cut does not reach it. With `since` 0, `lost` once
/// where anything was, whoever wrote it.
struct Sync {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    u64 since = 0;
};

/// Of the whole file system.
struct Space {
    using Reply = struct SpaceReply;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct SpaceReply {
    u64 total; ///< bytes
    u64 free;
    u64 open;            ///< capabilities to its files that somebody holds
    u64 writable;        ///< 1, or 0
    os::Chunk<16> bytes; ///< what it is: `ext4`; nothing where nothing is mounted
};

/// Sets when it was modified and read last; needs a capability that may write.
struct SetTimes {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    static constexpr WallTime now{{~u64{0}}}; ///< by the server's clock
    [[nodiscard]] static constexpr WallTime resolve(WallTime wanted, WallTime clock) {
        return wanted == now ? clock : wanted;
    }
    WallTime modified; ///< not known: as it is
    WallTime accessed;
};

/// The file system writes what is not written yet and lets go of its disk: an empty directory stays. `busy`
/// while somebody holds one of its files, and then nothing has changed. Needs the badge Badge::keeper.
struct Leave {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};

struct Protocol {
    using Messages = TypeList<Stat, Open, Resolve, Read, ReadInto, List, Write, Append, WriteFrom, Resize,
                              MakeDirectory, Remove, Rename, Link, MakeLink, Sync, Space, Leave, Look, Lend,
                              ReadLent, WriteLent, SetTimes>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::file
