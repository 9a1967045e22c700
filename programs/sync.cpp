// sync: returns when all that was written is safe from a power cut.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto sync = TRY(proto::Utility::open(start, "", "sync", 0, 0));
    if (!sync) return proto::status_misuse;
    const auto done = sync->program.files().sync(
        [&](const auto& mount, Error error) { sync->complain(mount.path, error); });
    return done ? 0 : 1;
}
