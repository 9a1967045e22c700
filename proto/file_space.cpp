#include "proto/file_space.h"

#include "proto/mount_path.h"

#include <algorithm>

namespace pith::proto {
namespace {

constexpr int most_links = 16;

/// Puts a path, or two, into a message. Such messages are large: each is made where it is sent from.
template <class M>
Result<> put(std::string_view path, M& message) {
    if (path.size() > message.bytes.capacity) return fail(Error::too_large);
    message.bytes.put(path);
    return {};
}
template <class M>
Result<> put(std::string_view a, std::string_view b, M& message) {
    message.first = a.size();
    return put(std::string{a}.append(b), message);
}

} // namespace

Result<FileSpace> FileSpace::open(os::Start& start) {
    FileSpace space{TRY(start.take<mounts::Client>("files"))};
    TRY(space.refresh());
    return space;
}

Result<> FileSpace::refresh() {
    std::vector<Mount> found;
    for (u64 index = 0;; ++index) {
        auto next = table_.call(mounts::Get{index});
        if (!next && next.error() == Error::not_found) break;
        if (!next) return fail(next.error());
        found.push_back(
            {std::string{next->value.bytes.view()}, file::Client{std::get<0>(std::move(next->handles))}});
    }
    std::ranges::sort(found, std::ranges::greater{}, [](const Mount& mount) { return mount.path.size(); });
    mounts_ = std::move(found);
    return {};
}

const FileSpace::Mount* FileSpace::find(std::string_view path) const {
    for (const Mount& mount : mounts_)
        if (lies_below(path, mount.path)) return &mount;
    return nullptr;
}

Result<std::string> FileSpace::settle(std::string_view path, bool follow_last) const {
    std::string settled{path};
    for (int links = 0; links <= most_links; ++links) {
        const Target there = TRY(target(settled));
        file::Resolve message;
        TRY(put(there.path, message));
        message.follow_last = follow_last ? 1 : 0;
        const file::Resolution reply = TRY(there.client.call(message));
        if (reply.bytes.view().empty()) return settled;
        const std::size_t above = settled.size() - there.path.size();
        if (reply.used > there.path.size()) return fail(Error::bad_format);
        settled = follow_link(settled, above + reply.used, reply.bytes.view());
    }
    return fail(Error::too_many_links);
}

template <class Act>
auto FileSpace::at_place(std::string_view path, bool follow_last, const Act& act) const
    -> decltype(act(std::declval<const Target&>())) {
    auto result = act(TRY(target(path)));
    if (result || result.error() != Error::is_link) return result;
    const std::string settled = TRY(settle(path, follow_last));
    return act(TRY(target(settled)));
}

Result<OpenFile> FileSpace::open(std::string_view path, u64 flags) const {
    return at_place(path, true, [&](const Target& there) -> Result<OpenFile> {
        file::Open message;
        TRY(put(there.path, message));
        message.flags = flags;
        auto opened = there.client.call(message);
        if (!opened) return fail(opened.error());
        return OpenFile{file::Client{std::get<0>(std::move(opened->handles))}, opened->value.info,
                        file::Since{opened->value.since}};
    });
}

Result<file::Info> FileSpace::look(std::string_view path) const {
    return at_place(path, false, [](const Target& there) -> Result<file::Info> {
        file::Look message;
        TRY(put(there.path, message));
        return there.client.call(message);
    });
}

Result<std::string> FileSpace::link_target(std::string_view path) const {
    const std::string settled = TRY(settle(path, false));
    const Target there = TRY(target(settled));
    file::Resolve message;
    TRY(put(there.path, message));
    message.follow_last = 1;
    const file::Resolution reply = TRY(there.client.call(message));
    if (reply.bytes.view().empty()) return fail(Error::bad_argument);
    return std::string{reply.bytes.view()};
}

Result<> FileSpace::make_directory(std::string_view path) const {
    return at_place(path, false, [](const Target& there) -> Result<> {
        file::MakeDirectory message;
        TRY(put(there.path, message));
        TRY(there.client.call(message));
        return {};
    });
}

Result<> FileSpace::remove(std::string_view path, file::Kind kind) const {
    if (std::ranges::contains(mounts_, path, &Mount::path)) return fail(Error::busy);
    return at_place(path, false, [&](const Target& there) -> Result<> {
        file::Remove message;
        TRY(put(there.path, message));
        message.directory = kind == file::Kind::directory ? 1 : 0;
        TRY(there.client.call(message));
        return {};
    });
}

template <class M>
Result<> FileSpace::with_two(std::string_view a, std::string_view b) const {
    for (const std::string_view path : {a, b})
        if (std::ranges::contains(mounts_, path, &Mount::path)) return fail(Error::busy);
    const auto attempt = [&](std::string_view first, std::string_view second) -> Result<> {
        const Target from = TRY(target(first));
        const Target to = TRY(target(second));
        if (&from.client != &to.client) return fail(Error::unsupported);
        M message;
        TRY(put(from.path, to.path, message));
        TRY(from.client.call(message));
        return {};
    };
    const auto done = attempt(a, b);
    if (done || (done.error() != Error::is_link && done.error() != Error::unsupported)) return done;
    const std::string first = TRY(settle(a, false));
    return attempt(first, TRY(settle(b, false)));
}

Result<> FileSpace::rename(std::string_view from, std::string_view to) const {
    return with_two<file::Rename>(from, to);
}

Result<> FileSpace::link(std::string_view file, std::string_view name) const {
    return with_two<file::Link>(file, name);
}

Result<> FileSpace::make_link(std::string_view text, std::string_view name) const {
    return at_place(name, false, [&](const Target& there) -> Result<> {
        file::MakeLink message;
        TRY(put(text, there.path, message));
        TRY(there.client.call(message));
        return {};
    });
}

Result<const FileSpace::Mount*> FileSpace::mount_of(std::string_view path) const {
    const Mount* const mount = find(TRY(settle(path, true)));
    if (mount == nullptr) return fail(Error::not_found);
    return mount;
}

std::vector<std::string_view> FileSpace::mounted_below(std::string_view directory) const {
    std::vector<std::string_view> names;
    for (const Mount& mount : mounts_) {
        if (mount.path == directory || !lies_below(mount.path, directory)) continue;
        std::string_view name = path_below(mount.path, directory);
        name.remove_prefix(1);
        if (!name.contains('/')) names.push_back(name);
    }
    return names;
}

} // namespace pith::proto
