// df: shows the file systems, and how full they are.
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto df = TRY(proto::Utility::open(start, "", "df", 0, 0));
    if (!df) return proto::status_misuse;
    proto::Output output{df->program.output()};
    output.write("     TOTAL       USED       FREE  OPEN MOUNTED AT\n");
    int status = 0;
    const auto& mounts = df->program.files().mounts();
    for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) {
        const auto space = mount->client.call(proto::file::Space{});
        if (!space) {
            df->complain(mount->path, space.error());
            status = 1;
            continue;
        }
        output.print("{:>6} KiB {:>6} KiB {:>6} KiB {:>5} {}\n", space->total / 1024,
                     (space->total - space->free) / 1024, space->free / 1024, space->open, mount->path);
    }
    return status;
}
