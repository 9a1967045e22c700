#include "servers/volumes/server.h"

#include "os/log.h"
#include "proto/path.h"

#include <algorithm>

namespace pith::os::volumes {

namespace protocol = proto::volumes;

Server::Place* Server::find(std::string_view path) {
    const auto place =
        std::ranges::find_if(volumes_, [=](const Place& one) { return one && one->path() == path; });
    return place == volumes_.end() ? nullptr : &*place;
}

Result<Server::Place*> Server::free_place(std::string_view path) {
    if (proto::absolute_path("/", path) != path) return fail(Error::bad_argument);
    if (find(path) != nullptr) return fail(Error::exists);
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

Result<> Server::start() {
    TRY(inherit());
    mount_own_table();
    return {};
}

Result<> Server::inherit() {
    auto kept = TRY(means_.keeper.all());
    for (auto& volume : kept) {
        if (!volume.name.starts_with('/')) continue;
        const auto disk =
            std::ranges::find(kept, Volume::name_of_disk(volume.name), &proto::Keeper::Entry::name);
        inherit_one(volume.name, volume.note, disk == kept.end() ? Endpoint{} : std::move(disk->capability),
                    std::move(volume.capability));
    }
    for (const auto& left : kept) // of a predecessor that ended between two steps
        if (left.capability) TRY(means_.keeper.drop(left.name));
    return {};
}

void Server::inherit_one(std::string_view path, u64 note, Endpoint disk, Endpoint files) {
    const auto record = Record::from(note);
    const bool is_good = record && disk && free_place(path) && !volumes_[record->number];
    if (!is_good) {
        log("{}: what was known of it makes no sense", path);
        static_cast<void>(means_.keeper.drop(path)); // if init does not answer there is nothing left to do
        return;
    }
    auto volume = Volume::inherit(means_, {std::string{path}, *record, std::move(disk), std::move(files)});
    if (volume)
        volumes_[record->number] = *std::move(volume);
    else
        log("{}: {}", path, volume.error());
}

/// Not while others start: the path may lead to their files, for which nobody could wait here who would have
/// to notice that they do not come.
void Server::mount_own_table() {
    if (!own_ || std::ranges::any_of(volumes_, [](const Place& one) { return one && one->is_starting(); }))
        return;
    OwnTable own = *std::exchange(own_, std::nullopt);
    const auto text = own.read();
    if (text)
        mount_all(proto::mount_table::parse(*text), own.devices);
    else if (text.error() != Error::not_found)
        log("{}: {}", OwnTable::name, text.error());
}

void Server::mount_all(const proto::mount_table::Table& table, const proto::devices::Client& devices) {
    constexpr std::string_view where = OwnTable::name;
    for (const auto& mistake : table.mistakes)
        log("{}, line {}: {}", where, mistake.line, mistake.what);
    for (const auto& entry : table.entries) {
        if (means_.lasting.taken_away().contains(entry.path)) continue;
        if (const Place* const there = find(entry.path); there != nullptr && (*there)->is_inherited())
            continue;
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

MaybeAnswer<protocol::Unmount> Server::on(const protocol::Unmount& m,
                                          const Caller<protocol::Unmount>& caller) {
    const std::string_view path = m.bytes.view();
    if (const Place* const place = find(path); place != nullptr && (*place)->is_starting()) {
        if (unmounting_.size() == most_unmounting) return fail(Error::busy);
        auto pending = caller.keep();
        if (!pending) return fail(pending.error());
        unmounting_.push_back({std::string{path}, *std::move(pending)});
        return std::nullopt;
    }
    return unmount(path).transform([] { return Done{}; });
}

Result<> Server::unmount(std::string_view path) {
    Place* const place = find(path);
    if (place == nullptr) return fail(Error::not_found);
    TRY((*place)->leave(means_));
    if (!means_.lasting.taken_away().add(path))
        log("{}: too much was unmounted to know of this, when the next server reads its table", path);
    place->reset();
    return {};
}

void Server::unmount_what_serves() {
    for (Unmounting& one : std::exchange(unmounting_, {})) {
        if (const Place* const place = find(one.path); place != nullptr && (*place)->is_starting())
            unmounting_.push_back(std::move(one));
        else
            one.caller.answer(unmount(one.path).transform([] { return Done{}; }));
    }
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
    unmount_what_serves();
    mount_own_table();
}

} // namespace pith::os::volumes
