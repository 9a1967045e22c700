// umount PATH…: takes a mount point away, unless files are open there.
#include "proto/utility.h"

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto table = start.take<proto::mounts::Client>("mounts");
    const auto umount = TRY(proto::Utility::open(start, "", "umount PATH…", 1));
    if (!umount) return proto::status_misuse;
    return umount->for_each_operand([&](std::string_view path) -> Result<> {
        if (!table) return fail(Error::denied);
        proto::mounts::Detach message{};
        message.bytes = decltype(message.bytes)::of(umount->program.absolute(path));
        TRY(table->call(message));
        return {};
    });
}
