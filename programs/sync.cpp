// sync: returns when all that was written is safe from a power cut.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto sync = TRY(proto::Utility::open(start, "", "sync", 0, 0));
    if (!sync) return proto::status_misuse;
    int status = 0;
    for (const auto& mount : sync->program.files().mounts())
        if (const auto done = mount.client.call(proto::file::Sync{}); !done) {
            sync->complain(mount.path, done.error());
            status = 1;
        }
    return status;
}
