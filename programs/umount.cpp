// umount PATH…: takes what is mounted there away, unless somebody holds a file or directory in it. A disk is
// left in order.
#include "proto/call_again.h"
#include "proto/mounts.h"
#include "proto/utility.h"
#include "proto/volumes.h"

using namespace pith;

namespace {

template <class Message, class Client>
Result<> send(const Result<Client>& client, std::string_view path, bool& may_have_happened) {
    if (!client) return fail(Error::denied);
    Message message{};
    message.bytes = decltype(message.bytes)::of(path);
    return proto::call_again(*client, message, may_have_happened);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto table = start.take<proto::mounts::Client>("mounts");
    const auto volumes = start.take<proto::volumes::Client>("volumes");
    const auto umount = TRY(proto::Utility::open(start, "", "umount PATH…", 1));
    if (!umount) return proto::status_misuse;
    return umount->for_each_operand([&](std::string_view operand) -> Result<> {
        const std::string path = umount->program.absolute(operand);
        bool may_have_happened = false;
        auto done = send<proto::volumes::Unmount>(volumes, path, may_have_happened);
        if (!done && done.error() == Error::not_found) // no disk: a directory, or files in memory
            done = send<proto::mounts::Detach>(table, path, may_have_happened);
        const bool had_happened = !done && done.error() == Error::not_found && may_have_happened;
        return had_happened ? Result<>{} : done;
    });
}
