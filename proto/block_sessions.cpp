#include "proto/block_sessions.h"

#include "base/checked.h"

#include <algorithm>

namespace pith::proto::block {

std::unique_ptr<Session>* Sessions::place_of(u64 badge) {
    const auto place = std::ranges::find_if(
        sessions_, [=](const auto& session) { return session && !session->gone && session->badge == badge; });
    return place == sessions_.end() ? nullptr : &*place;
}

Session* Sessions::find(u64 badge) {
    const auto* const place = place_of(badge);
    return place == nullptr ? nullptr : place->get();
}

Result<u32> Sessions::new_number() {
    // A predecessor counted from its own start on, and not as fast as time passes.
    if (last_number_ == 0) last_number_ = static_cast<u32>(TRY(os::invoke(abi::ClockRead{})).now.raw >> 16);
    const auto taken = [&](const auto& session) {
        return session && Badge::from(session->badge).session == last_number_;
    };
    do
        ++last_number_;
    while (last_number_ == 0 || std::ranges::any_of(sessions_, taken));
    return last_number_;
}

bool Sessions::is_taken(const Disk& disk, Range range, u64 badge) const {
    return std::ranges::any_of(sessions_, [&](const auto& other) {
        return other && other->alone && !other->gone && other->badge != badge && other->disk == &disk &&
               overlap(range.first, range.count, other->range.first, other->range.count);
    });
}

Result<> Sessions::put(Session session) {
    auto* place = place_of(session.badge);
    if (place != nullptr && (*place)->batches != 0) return fail(Error::busy);
    if (place == nullptr) {
        const auto free = std::ranges::find_if(sessions_, [](const auto& one) { return !one; });
        if (free == sessions_.end()) return fail(Error::busy);
        place = &*free;
    }
    *place = std::make_unique<Session>(std::move(session));
    return {};
}

void Sessions::close(u64 badge) {
    auto* const place = place_of(badge);
    if (place == nullptr) return;
    (*place)->gone = true;
    if ((*place)->batches == 0) place->reset();
}

void Sessions::release(Session& session) {
    if (--session.batches != 0 || !session.gone) return;
    std::ranges::find(sessions_, &session, &std::unique_ptr<Session>::get)->reset();
}

} // namespace pith::proto::block
