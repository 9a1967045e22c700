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

/// Follows a path from a directory on, until its end or the first symbolic link. FileSystem: `info`,
/// `lookup`.
template <class FileSystem>
class Walk {
  public:
    Walk(FileSystem& files, Inode from) : files_{files}, from_{from} {}

    /// The place of the path's last name; a link there is not followed. `is_link` where one stands before it,
    /// and `stopped_at()` says where.
    [[nodiscard]] Result<Place> place(std::string_view path) {
        PathNames names{path};
        const bool must_be_directory = path.ends_with('/');
        Place place{.directory = from_, .inode = from_, .must_be_directory = must_be_directory};
        for (std::string_view name = names.next(); !name.empty(); name = names.next()) {
            const auto next = step(place, name);
            if (!next) {
                stopped_at_ = place;
                return fail(next.error());
            }
            place = *next;
            place.must_be_directory = must_be_directory;
            place.used = names.used();
        }
        if (place.must_be_directory && place.inode) {
            const Info about = TRY(files_.info(*place.inode));
            if (about.kind == static_cast<u64>(Kind::link)) {
                stopped_at_ = place;
                return fail(Error::is_link);
            }
            if (about.kind != static_cast<u64>(Kind::directory)) return fail(Error::not_directory);
        }
        return place;
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
    [[nodiscard]] const Place& stopped_at() const { return stopped_at_; }

  private:
    [[nodiscard]] Result<Place> step(const Place& from, std::string_view name) {
        if (!from.inode) return fail(Error::not_found);
        const bool up = name.size() == 2 && name[0] == '.' && name[1] == '.';
        // Where the walk begins, the file system itself says whether that is a directory.
        if (up || !from.name.empty()) {
            const Info about = TRY(files_.info(*from.inode));
            if (about.kind == static_cast<u64>(Kind::link)) return fail(Error::is_link);
            if (about.kind != static_cast<u64>(Kind::directory)) return fail(Error::not_directory);
        }
        if (!from.name.empty()) below_.push_back(*from.inode);
        if (up) {
            if (!below_.empty()) below_.pop_back();
            const Inode above = below_.empty() ? from_ : below_.back();
            return Place{.directory = above, .inode = above};
        }
        if (name.size() > longest_name) return fail(Error::too_large);
        Place next{.directory = *from.inode, .name = name};
        const Result<Inode> found = files_.lookup(*from.inode, name);
        if (found)
            next.inode = *found;
        else if (found.error() != Error::not_found)
            return fail(found.error());
        return next;
    }

    FileSystem& files_;
    Inode from_;
    std::vector<Inode> below_{}; ///< the directories that the walk led through, down to where it is
    Place stopped_at_{};
};

} // namespace pith::proto::file
