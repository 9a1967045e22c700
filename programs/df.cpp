// df [-h] [PATH…]: shows the file systems, or those that hold these, and how full they are; -h for people.
#include "proto/output.h"
#include "proto/size_text.h"
#include "proto/utility.h"

#include <ranges>

using namespace pith;

namespace {

using Mounts = std::vector<const proto::FileSpace::Mount*>;

/// All, or the ones that hold what the operands name.
int find_mounts(const proto::Utility& df, Mounts& found) {
    const proto::FileSpace& files = df.program.files();
    if (df.operands().empty())
        for (const auto& mount : std::views::reverse(files.mounts()))
            found.push_back(&mount);
    return df.for_each_operand([&](std::string_view operand) -> Result<> {
        const std::string path = df.program.absolute(operand);
        TRY(files.look(path));
        found.push_back(TRY(files.mount_of(path)));
        return {};
    });
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto df = TRY(proto::Utility::open(start, "h", "df [-h] [PATH…]"));
    if (!df) return proto::status_misuse;
    Mounts mounts;
    int status = find_mounts(*df, mounts);
    if (mounts.empty()) return status;
    proto::Output output{df->program.output()};
    output.write("     TOTAL       USED       FREE  OPEN MOUNTED AT\n");
    for (const auto* const mount : mounts) {
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
