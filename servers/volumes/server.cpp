#include "servers/volumes/server.h"

#include "os/log.h"
#include "proto/path.h"

#include <algorithm>

namespace pith::os::volumes {

namespace protocol = proto::volumes;

Result<Server::Place*> Server::free_place(std::string_view path) {
    if (proto::absolute_path("/", path) != path) return fail(Error::bad_argument);
    const auto is_there = [=](const Place& one) { return one && one->path() == path; };
    if (std::ranges::any_of(volumes_, is_there)) return fail(Error::exists);
    const auto free = std::ranges::find_if(volumes_, [](const Place& one) { return !one; });
    if (free == volumes_.end()) return fail(Error::no_space);
    return &*free;
}

Result<> Server::add(std::string_view path, proto::file::Client keeper) {
    *TRY(free_place(path)) = std::make_unique<Volume>(std::string{path}, std::move(keeper));
    return {};
}

MaybeAnswer<protocol::Mount> Server::on(const protocol::Mount& m, const Caller<protocol::Mount>& caller,
                                        Endpoint disk) {
    auto volume = mount({.path = m.bytes.view(), .read_only = m.read_only != 0}, std::move(disk));
    if (!volume) return fail(volume.error());
    auto pending = caller.keep();
    if (!pending) {
        (**volume).reset();
        return fail(pending.error());
    }
    (**volume)->set_waiting(*std::move(pending));
    return std::nullopt;
}

Result<Server::Place*> Server::mount(const MountRequest& request, Endpoint disk) {
    Place* const place = TRY(free_place(request.path));
    const u64 number = static_cast<u64>(place - volumes_.data());
    *place = TRY(Volume::create(means_, number, request, std::move(disk)));
    return place;
}

void Server::mount_all(const proto::mount_table::Table& table, std::string_view where,
                       const proto::devices::Client& devices) {
    for (const auto& mistake : table.mistakes)
        log("{}, line {}: {}", where, mistake.line, mistake.what);
    for (const auto& entry : table.entries) {
        const auto done = mount_one(entry, devices);
        if (!done && !(entry.optional && done.error() == Error::not_found))
            log("{}, line {}: {}", where, entry.line, done.error());
    }
}

Result<> Server::mount_one(const proto::mount_table::Entry& entry, const proto::devices::Client& devices) {
    proto::devices::OpenDisk name{};
    name.bytes = decltype(name.bytes)::of(entry.disk);
    auto opened = TRY(devices.call(name));
    TRY(mount({entry.path, entry.type, entry.read_only}, std::get<0>(std::move(opened.handles))));
    return {};
}

Result<Done> Server::on(const protocol::Unmount& m, const Caller<protocol::Unmount>& /*caller*/) {
    const auto place = std::ranges::find_if(
        volumes_, [&](const Place& one) { return one && one->path() == m.bytes.view(); });
    if (place == volumes_.end()) return fail(Error::not_found);
    TRY((*place)->leave(means_));
    place->reset();
    return Done{};
}

Result<Done> Server::on(const proto::supervision::End& m, const Caller<proto::supervision::End>& /*caller*/) {
    const auto place = std::ranges::find_if(
        volumes_, [&](const Place& one) { return one && one->process() && one->process().is(m.process); });
    if (place == volumes_.end()) return fail(Error::not_found);
    TRY((*place)->process().kill());
    return Done{};
}

void Server::on_notification(u64 bits) {
    for (u64 number = 0; number < volumes_.size(); ++number) {
        Place& volume = volumes_[number];
        if (volume && (bits & Volume::ended_bit(number)) != 0 && !volume->on_ended(means_)) volume.reset();
        if (volume && (bits & Volume::ready_bit(number)) != 0 && !volume->on_ready(means_)) volume.reset();
    }
}

} // namespace pith::os::volumes
