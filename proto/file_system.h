#pragma once

#include "base/result.h"
#include "proto/file.h"
#include "proto/file_badge.h"

#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace pith::proto::file {

/// What every file system can do. Inodes that exist no more are answered with `not_found`. Bytes that are
/// read or written may lie in a client's memory, which it can take away: only os::guarded_copy touches them.
template <class F>
concept IsFileSystem =
    requires(F& files, Inode inode, std::string_view name, std::span<std::byte> bytes, u64 n) {
        { files.info(inode) } -> std::same_as<Result<Info>>;
        { files.generation(inode) } -> std::same_as<Result<u32>>;
        { files.lookup(inode, name) } -> std::same_as<Result<Inode>>;
        { files.read(inode, n, bytes) } -> std::same_as<Result<u64>>; ///< bytes read: all but at the end
        { files.list(inode, n) } -> std::same_as<Result<Entry>>;
        { files.space() } -> std::same_as<SpaceReply>;
    };

/// What one can do that is not read-only. Names are checked before: not empty, not `.` or `..`, no `/`.
template <class F>
concept IsWritable = IsFileSystem<F> && requires(F& files, Inode inode, std::string_view name,
                                                 std::span<const std::byte> bytes, u64 n, Kind kind) {
    { files.link_target(inode) } -> std::same_as<Result<std::string>>;
    { files.write(inode, n, bytes) } -> std::same_as<Result<u64>>; ///< bytes written; an error if none was
    { files.resize(inode, n) } -> std::same_as<Result<>>;
    { files.create(inode, name, kind, name) } -> std::same_as<Result<Inode>>; ///< the last: a link's target
    { files.remove(inode, name, kind) } -> std::same_as<Result<>>;
    { files.rename(inode, name, inode, name) } -> std::same_as<Result<>>;
    { files.link(inode, inode, name) } -> std::same_as<Result<>>;
    { files.sync() } -> std::same_as<Result<>>;
    /// Each may be unknown, and stays as it is, or SetTimes::now.
    { files.set_times(inode, WallTime{}, WallTime{}) } -> std::same_as<Result<>>;
    /// A capability to it is out, and gone: a file without a name lives as long as one is.
    files.opened(inode);
    files.closed(inode);
};

} // namespace pith::proto::file
