#pragma once

#include "servers/fat/directory.h"

#include <optional>

namespace pith::fat {

/// What the mount found, for the log.
struct MountReport {
    u32 lost = 0;     ///< clusters that belonged to nothing, and are free now
    u32 finished = 0; ///< renames
    bool read_only = false;
    std::string_view why{};
};

/// Goes through all directories and chains once: whether each cluster belongs to one file at most, and each
/// file has as many as it needs. Where the disk was not left in order, what an unclean stop leaves of our own
/// work is finished: clusters without a file, chains that are too long, files with two names.
class Check {
  public:
    /// `repairs`: else it only looks.
    Check(Store& store, bool repairs)
        : store_{store}, repairs_{repairs}, reached_{store.geometry().clusters} {}
    /// `bad_format` where something contradicts itself; `why` says what.
    [[nodiscard]] Result<> run(MountReport& report);

  private:
    struct Found {
        u32 first;
        u32 parent; ///< `no_cluster` of the root
    };

    [[nodiscard]] std::unexpected<Error> wrong(std::string_view why) {
        why_ = why;
        return fail(Error::bad_format);
    }
    [[nodiscard]] Result<> check_all(MountReport& report);
    [[nodiscard]] Result<> check_directory(Found directory);
    [[nodiscard]] Result<> check_named(const Named& named, u32 directory);
    [[nodiscard]] Result<> check_file(const Entry& entry);
    [[nodiscard]] Result<> check_dots(Found directory);
    /// Marks a cluster as reached, which nobody else may have done.
    [[nodiscard]] Result<> reach(u32 cluster);
    /// The next of a chain, with our words for what may be wrong with it.
    [[nodiscard]] Result<u32> next(u32 cluster);
    [[nodiscard]] Result<> finish_rename(const Named& named, u32 directory);
    [[nodiscard]] Result<> find_lost(MountReport& report);

    Store& store_;
    bool repairs_;
    ClusterSet reached_;
    std::vector<Found> directories_; ///< all that are known; the first `checked_` were looked through
    u64 checked_ = 0;
    u32 finished_ = 0;
    std::string_view why_ = "it contradicts itself";
};

} // namespace pith::fat
