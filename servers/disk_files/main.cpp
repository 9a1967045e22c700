// The files of one partition or disk: what lies on it decides by which file system they are read and written.
#include "base/number.h"
#include "os/log.h"
#include "os/start.h"
#include "os/time.h"
#include "proto/devices.h"
#include "proto/mount_table.h"
#include "proto/volumes.h"
#include "servers/disk_files/block_disk.h"
#include "servers/disk_files/served.h"
#include "servers/ext4/file_system.h"
#include "servers/fat/file_system.h"

using namespace pith;

namespace {

/// Of the budget, what the program itself may take; most of the rest is the cache.
constexpr PageCount own_share = pages(640);
/// Where it can use memory to spare: what is said of the blocks in that.
constexpr PageCount share_for_more = pages(280);
constexpr u64 timer_bit = 1;
constexpr u64 little_memory_bit = 2;

template <class FileSystem>
class Server : public proto::file::Service<disk_files::Served<FileSystem>> {
  public:
    using Served = disk_files::Served<FileSystem>;
    static_assert(proto::file::IsWritable<Served>);
    Server(const os::Endpoint& endpoint, Served& files, proto::file::Epoch& epoch)
        : proto::file::Service<Served>{endpoint, files, epoch}, files_{files} {}
    void on_notification(u64 bits) {
        if ((bits & timer_bit) != 0) files_.on_timer();
        if ((bits & little_memory_bit) != 0) files_.on_little_memory();
    }

  private:
    Served& files_;
};

/// Whoever started this for one disk and waits to hear whether its files can be used: by a signal, or by the
/// end of this process, whose status tells the Error. Without one, what cannot be mounted is empty.
class Mounter {
  public:
    explicit Mounter(os::Start& start) {
        if (auto ready = start.take<os::Notification>("ready")) ready_ = *std::move(ready);
        for (u64 i = 1; const auto word = start.argument(i); ++i) {
            namespace table = proto::mount_table;
            if (*word == table::read_only_word)
                read_only_ = true;
            else if (*word == table::optional_word)
                optional_ = true;
            else if (const auto number = parse_number(*word))
                bits_ = *number;
            else
                type_ = *word;
        }
    }
    /// What it wants of the disk.
    [[nodiscard]] bool read_only() const { return read_only_; }
    [[nodiscard]] Result<> check_type(std::string_view type) const {
        if (type_ == proto::mount_table::any_type || type_ == type) return {};
        os::log("it is not {}", type_);
        return fail(Error::bad_format);
    }
    void complain_of_disk(Error error) const {
        if (!optional_ || error != Error::not_found) os::log("no disk: {}", error);
    }
    [[nodiscard]] bool waits() const { return static_cast<bool>(ready_); }
    void tell() const {
        if (ready_) static_cast<void>(ready_.signal(bits_)); // it may be gone: others can still be served
    }

  private:
    os::Notification ready_;
    u64 bits_ = 1;
    bool read_only_ = false;
    bool optional_ = false;
    std::string_view type_ = proto::mount_table::any_type;
};

/// The capability to the disk: whoever started this gives it, or the device server does, by its policy.
Result<proto::block::Client> find_disk(os::Start& start) {
    const auto devices = start.take<proto::devices::Client>("devices");
    if (!devices) return start.take<proto::block::Client>("disk");
    auto answer = TRY(devices->call(proto::devices::OpenDisk{}));
    return proto::block::Client{std::get<0>(std::move(answer.handles))};
}

/// A predecessor of this process may have ended so lately that its driver has not heard of it yet.
Result<proto::BlockDevice> open_alone(const proto::block::Client& disk, PageCount shared) {
    constexpr int attempts = 20;
    for (int attempt = 1;; ++attempt) {
        auto opened = proto::BlockDevice::open(disk, shared, true);
        if (opened || opened.error() != Error::busy || attempt == attempts) return opened;
        TRY(os::sleep(milliseconds(10)));
    }
}

Result<std::unique_ptr<disk_files::Disk>> open_disk(os::Start& start, const os::Notification& events,
                                                    bool read_only) {
    const auto budget = TRY(start.take<os::Budget>("budget"));
    auto disk = TRY(find_disk(start));
    std::optional<disk_files::SpareMemory> spare;
    if (auto nobodys = start.take<os::Budget>("spare"))
        spare.emplace(*std::move(nobodys), TRY(events.copy()), little_memory_bit);
    const PageCount own = spare ? own_share + share_for_more : own_share;
    const auto memory = TRY(budget.info());
    const u64 left = memory.limit.raw - memory.used.raw;
    if (left <= own.raw) return fail(Error::no_memory);
    auto opened = TRY(open_alone(disk, PageCount{(left - own.raw) / 16 * 15}));
    return std::make_unique<disk_files::BlockDisk>(std::move(disk), std::move(opened), std::move(spare),
                                                   read_only);
}

/// Serves what could be mounted; where nothing could, an empty directory.
template <class FileSystem>
Result<int> serve(const os::Endpoint& endpoint, const os::Notification& events, const Mounter& mounter,
                  proto::WallClock clock, proto::file::Epoch& epoch, std::unique_ptr<disk_files::Disk> disk,
                  Result<std::unique_ptr<FileSystem>> files) {
    if (!files && mounter.waits()) return proto::volumes::failed_with + static_cast<int>(files.error());
    TRY(endpoint.bind(events));
    auto timer = TRY(os::Timer::create(events, timer_bit));
    disk_files::Served<FileSystem> served{std::move(disk), files ? *std::move(files) : nullptr,
                                          std::move(timer), std::move(clock), epoch};
    Server<FileSystem> server{endpoint, served, epoch};
    os::log_line("ready");
    mounter.tell();
    TRY(os::serve<proto::file::Protocol>(endpoint, server));
    return 0;
}

Result<std::unique_ptr<ext4::FileSystem>> mount_ext4(disk_files::Disk& disk, WallTime now) {
    ext4::MountReport report;
    auto files = ext4::FileSystem::mount(disk, now, report);
    if (report.replayed > 0) os::log("replayed the journal: {} blocks", report.replayed);
    if (report.orphans > 0) os::log("finished {} removed files", report.orphans);
    if (report.read_only) os::log("read only: {}", report.why);
    if (!files) os::log("no file system: {}", files.error());
    return files;
}

Result<std::unique_ptr<fat::FileSystem>> mount_fat(disk_files::Disk& disk) {
    fat::MountReport report;
    auto files = fat::FileSystem::mount(disk, report);
    if (report.lost > 0) os::log("freed {} clusters that belonged to no file", report.lost);
    if (report.finished > 0) os::log("finished {} renames", report.finished);
    if (report.read_only) os::log("read only: {}", report.why);
    if (!files) os::log("no file system: {}{}{}", files.error(), report.why.empty() ? "" : ": ", report.why);
    return files;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const Mounter mounter{start};
    auto clock = TRY(proto::WallClock::open(start));
    const auto kept = TRY(proto::file::KeptRecord::open(start));
    auto epoch = TRY(kept.begin());
    if (epoch.is_lost()) os::log_line("what was not safe yet when the server before this one ended is lost");
    const auto events = TRY(os::Notification::create());
    auto disk = open_disk(start, events, mounter.read_only());
    if (!disk) {
        mounter.complain_of_disk(disk.error());
        return serve<ext4::FileSystem>(endpoint, events, mounter, std::move(clock), epoch, nullptr,
                                       fail(disk.error()));
    }
    disk_files::Disk& found = **disk;
    namespace table = proto::mount_table;
    if (fat::FileSystem::is_on(found)) {
        const auto wanted = mounter.check_type(table::fat32_type);
        auto files = wanted ? mount_fat(found) : fail(wanted.error());
        return serve(endpoint, events, mounter, std::move(clock), epoch, *std::move(disk), std::move(files));
    }
    const auto wanted = mounter.check_type(table::ext4_type);
    auto files = wanted ? mount_ext4(found, clock.now()) : fail(wanted.error());
    return serve(endpoint, events, mounter, std::move(clock), epoch, *std::move(disk), std::move(files));
}
