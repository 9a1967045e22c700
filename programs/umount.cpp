// umount PATH…: takes what is mounted there away, unless somebody holds a file or directory in it. A disk is
// left in order.
#include "proto/mounts.h"
#include "proto/utility.h"
#include "proto/volumes.h"

using namespace pith;

namespace {

template <class Message, class Client>
Result<> send(const Client& client, std::string_view path) {
    if (!client) return fail(Error::denied);
    Message message{};
    message.bytes = decltype(message.bytes)::of(path);
    TRY(client->call(message));
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto table = start.take<proto::mounts::Client>("mounts");
    const auto volumes = start.take<proto::volumes::Client>("volumes");
    const auto umount = TRY(proto::Utility::open(start, "", "umount PATH…", 1));
    if (!umount) return proto::status_misuse;
    return umount->for_each_operand([&](std::string_view operand) -> Result<> {
        const std::string path = umount->program.absolute(operand);
        const auto done = send<proto::volumes::Unmount>(volumes, path);
        if (done || done.error() != Error::not_found) return done;
        return send<proto::mounts::Detach>(table, path); // no disk: a directory, or files in memory
    });
}
