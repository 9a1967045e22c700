#pragma once

#include "base/result.h"
#include "proto/file.h"
#include "proto/file_badge.h"
#include "proto/path_names.h"

#include <optional>
#include <vector>

namespace pith::proto::file {

/// Where a path leads in a file system: the last name, in which directory, and what is there.
struct Place {
    Inode directory;
    std::string_view name{}; ///< empty: the directory that the walk began in, or one that `..` led back to
    std::optional<Inode> inode{}; ///< nothing: nobody has that name
    bool must_be_directory = false;
    std::size_t used = 0; ///< bytes of the path up to here: all of it, but before a link
};

/// Follows one path from a directory on, until its end or the first symbolic link. FileSystem: `info`,
/// `lookup`.
template <class FileSystem>
class Walk {
  public:
    Walk(FileSystem& files, Inode from) : files_{files}, from_{from}, at_{.directory = from, .inode = from} {}

    /// The place of the path's last name; a link there is not followed. `is_link` where one stands before it,
    /// and `stopped_at()` says where.
    [[nodiscard]] Result<Place> place(std::string_view path) {
        PathNames names{path};
        at_.must_be_directory = path.ends_with('/');
        for (std::string_view name = names.next(); !name.empty(); name = names.next()) {
            TRY(step(name));
            at_.used = names.used();
        }
        if (at_.must_be_directory && at_.inode) TRY(check_directory());
        return at_;
    }
    /// What the path names. `not_found`; `is_link` also where the last name is one.
    [[nodiscard]] Result<Inode> inode(std::string_view path) {
        const Place found = TRY(place(path));
        if (!found.inode) return fail(Error::not_found);
        const Info about = TRY(files_.info(*found.inode));
        if (about.kind == static_cast<u64>(Kind::link)) return fail(Error::is_link);
        return *found.inode;
    }
    /// After `is_link`: the link.
    [[nodiscard]] const Place& stopped_at() const { return at_; }

  private:
    [[nodiscard]] Result<> check_directory() {
        const Info about = TRY(files_.info(*at_.inode));
        if (about.kind == static_cast<u64>(Kind::link)) return fail(Error::is_link);
        if (about.kind != static_cast<u64>(Kind::directory)) return fail(Error::not_directory);
        return {};
    }
    /// From where it is to what has that name there. Where that fails, it stays there.
    [[nodiscard]] Result<> step(std::string_view name) {
        if (!at_.inode) return fail(Error::not_found);
        const bool up = name.size() == 2 && name[0] == '.' && name[1] == '.';
        // Where the walk begins, the file system itself says whether that is a directory.
        if (up || !at_.name.empty()) TRY(check_directory());
        if (!at_.name.empty()) below_.push_back(*at_.inode);
        if (up) {
            if (!below_.empty()) below_.pop_back();
            at_.directory = below_.empty() ? from_ : below_.back();
            at_.name = {};
            at_.inode = at_.directory;
            return {};
        }
        if (name.size() > longest_name) return fail(Error::too_large);
        const Inode directory = *at_.inode;
        const Result<Inode> found = files_.lookup(directory, name);
        if (!found && found.error() != Error::not_found) return fail(found.error());
        at_.directory = directory;
        at_.name = name;
        at_.inode = found ? std::optional{*found} : std::nullopt;
        return {};
    }

    FileSystem& files_;
    Inode from_;
    std::vector<Inode> below_{}; ///< the directories that the walk led through, down to where it is
    Place at_;                   ///< where it is
};

} // namespace pith::proto::file
