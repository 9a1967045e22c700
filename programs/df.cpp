// df [-h]: shows the file systems, and how full they are; -h for people.
#include "proto/output.h"
#include "proto/size_text.h"
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto df = TRY(proto::Utility::open(start, "h", "df [-h]", 0, 0));
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
        const auto size = [&](u64 bytes) {
            return df->arguments.has('h') ? Text<24>{proto::size_text(bytes, true).view()}
                                          : Text<24>{}.format("{} KiB", bytes / 1024);
        };
        output.print("{:>10} {:>10} {:>10} {:>5} {}\n", size(space->total).view(),
                     size(space->total - space->free).view(), size(space->free).view(), space->open,
                     mount->path);
    }
    return status;
}
