// mount [-b DIRECTORY PATH]: shows what is mounted; -b shows a directory at another path, too.
#include "proto/output.h"
#include "proto/utility.h"

using namespace pith;

namespace {

Result<> bind(const proto::Utility& mount, const proto::mounts::Client& table, std::string_view directory,
              std::string_view path) {
    using namespace proto::file;
    constexpr u64 all = open_flags::read | open_flags::write | open_flags::directory;
    auto opened = mount.program.open_file(directory, all);
    if (!opened && opened.error() == Error::read_only)
        opened = mount.program.open_file(directory, open_flags::read | open_flags::directory);
    if (!opened) return fail(opened.error());
    proto::mounts::Attach message{};
    message.bytes = decltype(message.bytes)::of(mount.program.absolute(path));
    TRY(table.call(message, opened->client.endpoint()));
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    auto table = start.take<proto::mounts::Client>("mounts");
    const auto mount = TRY(proto::Utility::open(start, "b", "mount [-b DIRECTORY PATH]"));
    if (!mount) return proto::status_misuse;
    if (mount->operands().empty()) {
        proto::Output output{mount->program.output()};
        for (const auto& mounted : mount->program.files().mounts())
            output.print("{}\n", mounted.path);
        return 0;
    }
    if (mount->operands().size() != 2 || !mount->arguments.has('b')) {
        mount->program.terminal().write("usage: mount [-b DIRECTORY PATH]\n");
        return proto::status_misuse;
    }
    const auto done = table ? bind(*mount, *table, mount->operands()[0], mount->operands()[1])
                            : Result<>{fail(Error::denied)};
    if (done) return 0;
    mount->complain(mount->operands()[1], done.error());
    return 1;
}
