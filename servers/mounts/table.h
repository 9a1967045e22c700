#pragma once

#include "proto/mounts.h"

#include <memory>
#include <string>
#include <vector>

namespace pith::os::mounts {

/// The mount points.
class Table {
  public:
    struct Mount {
        std::string path;
        proto::file::Client files;
    };
    static constexpr u64 most_mounts = 32;

    [[nodiscard]] Result<const Mount*> at(u64 index);
    /// `bad_argument` unless the path is in normal form.
    [[nodiscard]] Result<> attach(std::string_view path, proto::file::Client files);
    /// Nobody keeps the capability that came from here.
    [[nodiscard]] Result<> detach(std::string_view path);

  private:
    std::vector<std::unique_ptr<Mount>> mounts_; ///< in the order in which they were made
};

} // namespace pith::os::mounts
