#pragma once

#include "proto/file_space.h"
#include "proto/path.h"

/// What changes whole files, and trees of them. All paths are absolute.
namespace pith::proto {

/// A file's bytes into another file, which is made or replaced.
[[nodiscard]] Result<> copy_file(const FileSpace& files, std::string_view from, std::string_view to);
/// A file, a link, or a directory with all that it holds.
[[nodiscard]] Result<> copy_tree(const FileSpace& files, std::string_view from, std::string_view to);
/// A file or link; where `recursive`, a directory with all that it holds.
[[nodiscard]] Result<> remove_tree(const FileSpace& files, const std::string& path, bool recursive);
/// Where something called `from` goes when it is moved or copied to `to`: into it, where that is a directory.
[[nodiscard]] std::string destination(const FileSpace& files, std::string_view from, std::string_view to);

} // namespace pith::proto
