// The files of one partition or disk: what lies on it decides by which file system they are read and written.
#include "base/text.h"
#include "os/start.h"
#include "proto/devices.h"
#include "servers/disk_files/block_disk.h"
#include "servers/disk_files/served.h"
#include "servers/ext4/file_system.h"
#include "servers/fat/file_system.h"

using namespace pith;

namespace {

/// Of the budget, what the program itself may take; most of the rest is the cache.
constexpr PageCount own_share = pages(640);
constexpr u64 timer_bit = 1;

template <class FileSystem>
class Server : public proto::file::Service<disk_files::Served<FileSystem>> {
  public:
    using Served = disk_files::Served<FileSystem>;
    static_assert(proto::file::IsWritable<Served>);
    Server(const os::Endpoint& endpoint, Served& files)
        : proto::file::Service<Served>{endpoint, files}, files_{files} {}
    void on_notification(u64 /*bits*/) { files_.on_timer(); }

  private:
    Served& files_;
};

template <format_detail::Formattable... A>
void say(FormatString<A...> text, const A&... args) {
    os::log_line(Text<120>{}.format(text, args...));
}

/// The capability to the disk: whoever started this gives it, or the device server does, by its policy.
Result<proto::block::Client> find_disk(os::Start& start) {
    const auto devices = start.take<proto::devices::Client>("devices");
    if (!devices) return start.take<proto::block::Client>("disk");
    auto answer = TRY(devices->call(proto::devices::OpenDisk{}));
    return proto::block::Client{std::get<0>(std::move(answer.handles))};
}

Result<std::unique_ptr<disk_files::BlockDisk>> open_disk(os::Start& start) {
    const auto budget = TRY(start.take<os::Budget>("budget"));
    const auto disk = TRY(find_disk(start));
    const auto memory = TRY(budget.info());
    const u64 left = memory.limit.raw - memory.used.raw;
    if (left <= own_share.raw) return fail(Error::no_memory);
    return std::make_unique<disk_files::BlockDisk>(
        TRY(proto::BlockDevice::open(disk, PageCount{(left - own_share.raw) / 16 * 15})));
}

/// Serves what could be mounted; where nothing could, an empty directory.
template <class FileSystem>
Result<int> serve(const os::Endpoint& endpoint, std::unique_ptr<FileSystem> files) {
    const auto ticks = TRY(os::Notification::create());
    TRY(endpoint.bind(ticks));
    auto timer = TRY(os::Timer::create(ticks, timer_bit));
    disk_files::Served<FileSystem> served{std::move(files), std::move(timer), TRY(os::Clock::open())};
    Server<FileSystem> server{endpoint, served};
    os::log_line("ready");
    TRY(os::serve<proto::file::Protocol>(endpoint, server));
    return 0;
}

Result<int> serve_ext4(const os::Endpoint& endpoint, disk_files::Disk& disk) {
    ext4::MountReport report;
    auto files = ext4::FileSystem::mount(disk, 0, report);
    if (report.replayed > 0) say("replayed the journal: {} blocks", report.replayed);
    if (report.orphans > 0) say("finished {} removed files", report.orphans);
    if (report.read_only) say("read only: {}", report.why);
    if (!files) say("no file system: {}", files.error());
    return serve(endpoint, files ? *std::move(files) : nullptr);
}

Result<int> serve_fat(const os::Endpoint& endpoint, disk_files::Disk& disk) {
    fat::MountReport report;
    auto files = fat::FileSystem::mount(disk, report);
    if (report.lost > 0) say("freed {} clusters that belonged to no file", report.lost);
    if (report.finished > 0) say("finished {} renames", report.finished);
    if (report.read_only) say("read only: {}", report.why);
    if (!files) say("no file system: {}{}{}", files.error(), report.why.empty() ? "" : ": ", report.why);
    return serve(endpoint, files ? *std::move(files) : nullptr);
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto disk = open_disk(start);
    if (!disk) {
        say("no disk: {}", disk.error());
        return serve<ext4::FileSystem>(endpoint, nullptr);
    }
    return fat::FileSystem::is_on(**disk) ? serve_fat(endpoint, **disk) : serve_ext4(endpoint, **disk);
}
