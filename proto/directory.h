#pragma once

#include "proto/file_space.h"

namespace pith::proto {

/// What a directory holds.
struct Name {
    std::string name;
    file::Info info;
    [[nodiscard]] bool is(file::Kind kind) const { return info.kind == static_cast<u64>(kind); }
};

/// All of a directory, by name; mount points in it are directories that it holds. `path` absolute.
[[nodiscard]] Result<std::vector<Name>> read_directory(const FileSpace& files, std::string_view path);

} // namespace pith::proto
