#pragma once

#include "proto/keeper.h"
#include "proto/mounts.h"

#include <memory>
#include <string>
#include <vector>

namespace pith::os::mounts {

/// The mount points. What is mounted and taken away while this process runs is there, or not, for its
/// successor as well: whoever keeps its capabilities has each under its path.
class Table {
  public:
    explicit Table(proto::Keeper keeper) : keeper_{std::move(keeper)} {}

    struct Mount {
        std::string path;
        proto::file::Client files;
    };
    static constexpr u64 most_mounts = 32;

    /// What is mounted from the start.
    [[nodiscard]] Result<> add(std::string_view path, proto::file::Client files);
    /// What was mounted since, in the lives of predecessors.
    [[nodiscard]] Result<> recover();
    [[nodiscard]] Result<const Mount*> at(u64 index);
    /// `bad_argument` unless the path is in normal form.
    [[nodiscard]] Result<> attach(std::string_view path, const proto::file::Client& files);
    /// Nobody keeps the capability that came from here.
    [[nodiscard]] Result<> detach(std::string_view path);

  private:
    [[nodiscard]] Result<> check_new(std::string_view path);

    proto::Keeper keeper_;
    std::vector<std::unique_ptr<Mount>> mounts_; ///< in the order in which they were made
};

} // namespace pith::os::mounts
