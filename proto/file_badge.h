#pragma once

#include "base/strong.h"
#include "base/types.h"

namespace pith::proto::file {

/// A file's number within its file system; a number is used again when its file is gone.
using Inode = Strong<struct InodeTag>;
/// The directory that all others lie in.
inline constexpr Inode root{1};

/// What a capability to a file says: which one, of which generation of that number, and what may be done. All
/// that a server needs to know of an open file, so that a server that starts anew knows it too.
struct Badge {
    static constexpr u64 read = 1;
    static constexpr u64 write = 2;
    static constexpr u64 all = read | write;
    /// Of the capability by which a file system is mounted and taken away (`Leave`): it names no file, as
    /// numbers begin at 1.
    static constexpr u64 keeper = u64{1} << 8;
    /// Of a capability that the server keeps for itself; it names no file either.
    static constexpr u64 own = u64{2} << 8;
    /// In the badge's first byte: the rest is the number of a session (proto/file_sessions.h).
    static constexpr u64 session = 0x80;

    Inode inode;        ///< below 2^32
    u32 generation = 0; ///< below 2^24
    u64 access = all;

    /// 0, a capability without a badge, is the root with all access.
    [[nodiscard]] static constexpr Badge from(u64 raw) {
        if (raw == 0) return {root};
        return {{raw >> 32}, static_cast<u32>(raw >> 8) & 0xff'ffff, raw & all};
    }
    [[nodiscard]] constexpr u64 raw() const { return inode.raw << 32 | u64{generation} << 8 | access; }
};

} // namespace pith::proto::file
