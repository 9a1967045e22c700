#pragma once

#include "os/start.h"
#include "proto/files.h"
#include "proto/mount_path.h"
#include "proto/mounts.h"

#include <string>
#include <vector>

namespace pith::proto {

/// The files that a program can name: mount points, and what is below them. Paths are absolute and in normal
/// form (`absolute_path`); `..` is taken as text, before any symbolic link is followed.
class FileSpace {
  public:
    /// Takes the grant "files".
    [[nodiscard]] static Result<FileSpace> open(os::Start& start);
    /// Asks again what is mounted.
    [[nodiscard]] Result<> refresh();
    /// The server of the mount points, for who hands it on.
    [[nodiscard]] const os::Endpoint& endpoint() const { return table_.endpoint(); }

    /// With file::open_flags.
    [[nodiscard]] Result<OpenFile> open(std::string_view path, u64 flags = file::open_flags::read) const;
    /// What is there, or the link that is.
    [[nodiscard]] Result<file::Info> look(std::string_view path) const;
    /// What a symbolic link says; `bad_argument` where it is none.
    [[nodiscard]] Result<std::string> link_target(std::string_view path) const;
    [[nodiscard]] Result<> make_directory(std::string_view path) const;
    [[nodiscard]] Result<> remove(std::string_view path, file::Kind kind) const;
    /// Within one file system: else `unsupported`.
    [[nodiscard]] Result<> rename(std::string_view from, std::string_view to) const;
    [[nodiscard]] Result<> link(std::string_view file, std::string_view name) const;
    [[nodiscard]] Result<> make_link(std::string_view target, std::string_view name) const;

    struct Mount {
        std::string path;
        file::Client client;
    };
    [[nodiscard]] const std::vector<Mount>& mounts() const { return mounts_; }
    /// The mount that holds what is at `path`, links followed.
    [[nodiscard]] Result<const Mount*> mount_of(std::string_view path) const;
    /// Returns when all that was written, wherever, is safe from a power cut; the first error of any. Calls
    /// `complain(mount, error)` for each.
    [[nodiscard]] Result<> sync(auto&& complain) const {
        Result<> all{};
        for (const Mount& mount : mounts_)
            if (const auto done = mount.client.call(file::Sync{}); !done) {
                complain(mount, done.error());
                if (all) all = fail(done.error());
            }
        return all;
    }
    /// The names of mount points that lie right below a directory.
    [[nodiscard]] std::vector<std::string_view> mounted_below(std::string_view directory) const;

  private:
    explicit FileSpace(mounts::Client table) : table_{std::move(table)} {}

    struct Target {
        const file::Client& client;
        std::string_view path; ///< below the mount point
    };
    [[nodiscard]] const Mount* find(std::string_view path) const; ///< null: nothing is mounted there
    [[nodiscard]] Result<Target> target(std::string_view path) const {
        const Mount* const mount = find(path);
        if (mount == nullptr) return fail(Error::not_found);
        return Target{mount->client, path_below(path, mount->path)};
    }
    /// The same place, by a path without symbolic links (but the last name, if that is not followed).
    [[nodiscard]] Result<std::string> settle(std::string_view path, bool follow_last) const;
    /// Does `act` at the path's place; where a link stood in the way, again at where that leads.
    template <class Act>
    [[nodiscard]] auto at_place(std::string_view path, bool follow_last, const Act& act) const
        -> decltype(act(std::declval<const Target&>()));
    /// `message` with two paths of one file system.
    template <class M>
    [[nodiscard]] Result<> with_two(std::string_view a, std::string_view b) const;

    mounts::Client table_;
    std::vector<Mount> mounts_; ///< the longest paths first
};

} // namespace pith::proto
