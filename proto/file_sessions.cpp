#include "proto/file_sessions.h"

#include <algorithm>

namespace pith::proto::file {

Result<u64> Sessions::add(Badge file, const os::Memory& memory) {
    const PageCount size = TRY(memory.size());
    if (size > largest) return fail(Error::too_large);
    const auto free = std::ranges::find(sessions_, u64{0}, &Session::badge);
    if (free == sessions_.end()) return fail(Error::busy);
    abi::Rights access = abi::rights::memory::read;
    if ((file.access & Badge::read) != 0) access = access | abi::rights::memory::write;
    os::Mapping mapping = TRY(os::Mapping::guarded(memory, access));
    // A predecessor counted from its own start on, and not as fast as time passes.
    if (last_ == 0) last_ = TRY(os::invoke(abi::ClockRead{})).now.raw >> 16;
    const u64 place = static_cast<u64>(free - sessions_.begin());
    last_ = (last_ / most + 1) * most + place;
    *free = {badge_of(last_), file, std::move(mapping)};
    return free->badge;
}

} // namespace pith::proto::file
