// The disk's file system: ext4, on the partition that the policy names for this service.
#include "base/text.h"
#include "os/start.h"
#include "proto/devices.h"
#include "servers/ext4/block_disk.h"
#include "servers/ext4/served.h"

using namespace pith;

namespace {

/// Of the budget, what the program itself may take; most of the rest is the cache.
constexpr PageCount own_share = pages(384);
constexpr u64 timer_bit = 1;

class Server : public proto::file::Service<ext4::Served> {
  public:
    Server(const os::Endpoint& endpoint, ext4::Served& files) : Service{endpoint, files}, files_{files} {}
    void on_notification(u64 /*bits*/) { files_.on_timer(); }

  private:
    ext4::Served& files_;
};

Result<std::unique_ptr<ext4::BlockDisk>> open_disk(const proto::devices::Client& devices,
                                                   const os::Budget& budget) {
    auto answer = TRY(devices.call(proto::devices::OpenDisk{}));
    const proto::block::Client disk{std::get<0>(std::move(answer.handles))};
    const auto memory = TRY(budget.info());
    const u64 left = memory.limit.raw - memory.used.raw;
    if (left <= own_share.raw) return fail(Error::no_memory);
    return std::make_unique<ext4::BlockDisk>(
        TRY(proto::BlockDevice::open(disk, PageCount{(left - own_share.raw) / 16 * 15})));
}

template <format_detail::Formattable... A>
void say(FormatString<A...> text, const A&... args) {
    os::log_line(Text<120>{}.format(text, args...));
}

void tell(const ext4::MountReport& report) {
    if (report.replayed > 0) say("replayed the journal: {} blocks", report.replayed);
    if (report.orphans > 0) say("finished {} removed files", report.orphans);
    if (report.read_only) say("read only: {}", report.why);
}

std::unique_ptr<ext4::FileSystem> mount(ext4::BlockDisk& disk) {
    ext4::MountReport report;
    auto files = ext4::FileSystem::mount(disk, 0, report);
    tell(report);
    if (files) return std::move(*files);
    say("no file system: {}", files.error());
    return nullptr;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto devices = TRY(start.take<proto::devices::Client>("devices"));
    const auto budget = TRY(start.take<os::Budget>("budget"));
    const auto disk = open_disk(devices, budget);
    if (!disk) say("no disk: {}", disk.error());
    auto files = disk ? mount(**disk) : nullptr;
    const auto ticks = TRY(os::Notification::create());
    TRY(endpoint.bind(ticks));
    auto timer = TRY(os::Timer::create(ticks, timer_bit));
    ext4::Served served{std::move(files), std::move(timer), TRY(os::Clock::open())};
    Server server{endpoint, served};
    os::log_line("ready");
    TRY(os::serve<proto::file::Protocol>(endpoint, server));
    return 0;
}
