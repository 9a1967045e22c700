// mount [[-r] DISK PATH | -b DIRECTORY PATH]: shows what is mounted; mounts the files of a disk or partition,
// by its name (`disk0p1`, see `disks`) or a partition's own, -r so that nothing is written to it; -b shows a
// directory at another path, too.
#include "proto/call_again.h"
#include "proto/devices.h"
#include "proto/output.h"
#include "proto/utility.h"
#include "proto/volumes.h"

using namespace pith;

namespace {

constexpr std::string_view usage = "mount [[-r] DISK PATH | -b DIRECTORY PATH]";

int show(const proto::Utility& mount) {
    proto::Output output{mount.program.output()};
    int status = 0;
    const auto& mounts = mount.program.files().mounts();
    for (auto one = mounts.rbegin(); one != mounts.rend(); ++one) {
        const auto space = one->client.call(proto::file::Space{});
        if (!space) {
            mount.complain(one->path, space.error());
            status = 1;
            continue;
        }
        const std::string_view type = space->bytes.view().empty() ? "nothing" : space->bytes.view();
        output.print("{:<8} {:<10} {}\n", type, space->writable != 0 ? "read-write" : "read-only", one->path);
    }
    return status;
}

/// Where something can be mounted: a directory, or a new name in one.
Result<> check_place(const proto::FileSpace& files, std::string_view path) {
    if (const auto there = files.open(path, 0); there || there.error() != Error::not_found) {
        if (!there) return fail(there.error());
        return there->is_directory() ? Result<>{} : fail(Error::not_directory);
    }
    const std::string_view above = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
    if (!TRY(files.open(above, 0)).is_directory()) return fail(Error::not_directory);
    return {};
}

Result<> bind(const proto::Utility& mount, const proto::mounts::Client& table, std::string_view directory,
              std::string_view path) {
    using namespace proto::file;
    constexpr u64 all = open_flags::read | open_flags::write | open_flags::directory;
    auto opened = mount.program.open_file(directory, all);
    if (!opened && opened.error() == Error::read_only)
        opened = mount.program.open_file(directory, open_flags::read | open_flags::directory);
    if (!opened) return fail(opened.error());
    proto::mounts::Attach message{};
    message.bytes = decltype(message.bytes)::of(path);
    return proto::call_until(Error::exists, table, message, opened->client.endpoint());
}

/// What went wrong, and with what.
struct Complaint {
    std::string_view about;
    Error error;
};

std::optional<Complaint> mount_disk(os::Start& start, std::string_view disk, const std::string& path,
                                    bool read_only) {
    const auto devices = start.take<proto::devices::Client>("disks");
    const auto volumes = start.take<proto::volumes::Client>("volumes");
    if (!devices || !volumes) return Complaint{"mount", Error::denied};
    proto::devices::OpenDisk name{};
    name.bytes = decltype(name.bytes)::of(disk);
    const auto opened = devices->call(name);
    if (!opened) return Complaint{disk, opened.error()};
    proto::volumes::Mount message{};
    message.read_only = read_only ? 1 : 0;
    message.bytes = decltype(message.bytes)::of(path);
    const auto mounted = proto::call_until(Error::exists, *volumes, message, std::get<0>(opened->handles));
    if (mounted) return std::nullopt;
    return Complaint{mounted.error() == Error::exists ? path : disk, mounted.error()};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto mount = TRY(proto::Utility::open(start, "br", usage));
    if (!mount) return proto::status_misuse;
    const bool binds = mount->arguments.has('b');
    if (mount->operands().empty() && !binds) return show(*mount);
    if (mount->operands().size() != 2) {
        mount->program.errors().print("usage: {}\n", usage);
        return proto::status_misuse;
    }
    const std::string_view what = mount->operands()[0], where = mount->operands()[1];
    const std::string path = mount->program.absolute(where);
    const auto fail_with = [&](std::string_view about, Error error) {
        mount->complain(about, error);
        return 1;
    };
    if (path.size() > proto::file::longest_path) return fail_with(where, Error::too_large);
    if (const auto good = check_place(mount->program.files(), path); !good)
        return fail_with(where, good.error());
    if (binds) {
        const auto table = start.take<proto::mounts::Client>("mounts");
        if (!table) return fail_with(where, Error::denied);
        const auto bound = bind(*mount, *table, what, path);
        return bound ? 0 : fail_with(where, bound.error());
    }
    const auto complaint = mount_disk(start, what, path, mount->arguments.has('r'));
    return complaint ? fail_with(complaint->about, complaint->error) : 0;
}
