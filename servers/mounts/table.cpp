#include "servers/mounts/table.h"

#include "os/log.h"
#include "proto/mount_path.h"
#include "proto/path.h"

#include <algorithm>

namespace pith::os::mounts {

namespace {

/// The end of whoever paid for a file server's endpoint took that along (`volumes`): nothing is left to name.
bool is_gone(const std::unique_ptr<Table::Mount>& mount) {
    return !invoke(abi::HandleInfo{mount->files.endpoint().id()});
}

} // namespace

Result<const Table::Mount*> Table::at(u64 index) {
    while (index < mounts_.size() && is_gone(mounts_[index]))
        mounts_.erase(mounts_.begin() + static_cast<std::ptrdiff_t>(index));
    if (index >= mounts_.size()) return fail(Error::not_found);
    return mounts_[index].get();
}

Result<> Table::check_new(std::string_view path) {
    if (proto::absolute_path("/", path) != path || path.size() > proto::file::longest_path)
        return fail(Error::bad_argument);
    std::erase_if(mounts_, is_gone);
    if (std::ranges::contains(mounts_, path, [](const auto& m) { return std::string_view{m->path}; }))
        return fail(Error::exists);
    if (mounts_.size() == most_mounts) return fail(Error::no_space);
    return {};
}

Result<> Table::add(std::string_view path, proto::file::Client files) {
    TRY(check_new(path));
    mounts_.push_back(std::make_unique<Mount>(Mount{std::string{path}, std::move(files)}));
    return {};
}

Result<> Table::recover() {
    for (auto& entry : TRY(keeper_.all()))
        if (const auto added = add(entry.name, proto::file::Client{std::move(entry.capability)}); !added)
            log("{}: {}", entry.name, added.error());
    return {};
}

Result<> Table::attach(std::string_view path, const proto::file::Client& files) {
    TRY(check_new(path));
    return add(path, proto::file::Client{TRY(keeper_.keep(path, 0, files.endpoint()))});
}

Result<> Table::detach(std::string_view path) {
    std::erase_if(mounts_, is_gone);
    const auto found =
        std::ranges::find(mounts_, path, [](const auto& m) { return std::string_view{m->path}; });
    if (found == mounts_.end()) return fail(Error::not_found);
    const auto is_below = [&](const auto& m) { return m->path != path && proto::lies_below(m->path, path); };
    if (std::ranges::any_of(mounts_, is_below)) return fail(Error::busy);
    const Mount& mount = **found;
    // A bound directory is itself one of the open files of its file system, which goes on without this name.
    const bool is_bound = TRY(invoke(abi::HandleInfo{mount.files.endpoint().id()})).badge != 0;
    if (!is_bound) {
        const auto space = mount.files.call(proto::file::Space{});
        if (!space && space.error() != Error::closed) return fail(space.error()); // who is gone has no files
        if (space && space->open > 0) return fail(Error::busy);
    }
    TRY(keeper_.drop(path));
    // What is dropped is taken away from here, too; what was mounted from the start is not.
    static_cast<void>(mount.files.endpoint().revoke());
    mounts_.erase(found);
    return {};
}

} // namespace pith::os::mounts
