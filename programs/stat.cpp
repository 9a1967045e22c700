// stat PATH…: what a file is, and what happened to it when (UTC).
#include "proto/directory.h"
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

std::string_view describe(u64 kind) {
    switch (static_cast<proto::file::Kind>(kind)) {
    case proto::file::Kind::file: return "file";
    case proto::file::Kind::directory: return "directory";
    case proto::file::Kind::link: return "symbolic link";
    }
    return "something else";
}

void show(proto::Output& output, std::string_view what, WallTime time) {
    if (time.is_known())
        output.print("    {:<8} {}.{:09}\n", what, ::pith::describe(time), time.raw % WallTime::second);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto stat = TRY(proto::Utility::open(start, "", "stat PATH…", 1));
    if (!stat) return proto::status_misuse;
    proto::Output output{stat->program.output()};
    return stat->for_each_operand([&](std::string_view path) -> Result<> {
        const auto about = TRY(stat->program.files().look(stat->program.absolute(path)));
        output.print("{}: {}, size {}, inode {}, links {}\n", path, describe(about.kind), about.size,
                     about.inode, about.links);
        show(output, "modified", about.modified);
        show(output, "changed", about.changed);
        show(output, "accessed", about.accessed);
        show(output, "made", about.made);
        return {};
    });
}
