#pragma once

#include "os/mapping.h"
#include "proto/file.h"
#include "proto/file_since.h"

#include <string_view>

namespace pith::proto {

/// A file or directory that is open.
struct OpenFile {
    file::Client client;
    file::Info info;
    file::Since since{}; ///< for who writes

    [[nodiscard]] bool is_directory() const { return info.kind == static_cast<u64>(file::Kind::directory); }
};

/// A whole file in this process's memory.
class LoadedFile {
  public:
    /// `budget` pays for the memory that the file is read into.
    [[nodiscard]] static Result<LoadedFile> load(const OpenFile& file, const os::Budget& budget = {});
    [[nodiscard]] std::span<const std::byte> bytes() const { return mapping_.bytes().first(size_); }

  private:
    LoadedFile(os::Mapping mapping, u64 size) : mapping_{std::move(mapping)}, size_{size} {}
    os::Mapping mapping_;
    u64 size_;
};

} // namespace pith::proto
