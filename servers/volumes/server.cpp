#include "servers/volumes/server.h"

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
    const auto place = free_place(m.bytes.view());
    if (!place) return fail(place.error());
    const u64 number = static_cast<u64>(*place - volumes_.data());
    auto volume = Volume::create(means_, number, m.bytes.view(), std::move(disk));
    if (!volume) return fail(volume.error());
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    (*volume)->set_waiting(*std::move(pending));
    **place = *std::move(volume);
    return std::nullopt;
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
