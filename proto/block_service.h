#pragma once

#include "os/log.h"
#include "os/server.h"
#include "os/time.h"
#include "proto/block_sessions.h"
#include "proto/device.h"
#include "proto/devices.h"
#include "proto/partition_table.h"

#include <algorithm>

namespace pith::proto::block {

/// What a disk driver is. Every access ends once, by way of `collect`.
template <class D>
concept IsDriver = requires(D& driver, u32 number, const Access& access, void (*end)(u32, Result<>)) {
    { driver.units() } -> std::same_as<u32>;
    { driver.disk(number) } -> std::same_as<const Disk&>;
    /// Whether one more access can be started on the unit.
    { driver.has_room(number) } -> std::same_as<bool>;
    /// Of a unit with room; `number` comes back when it has ended.
    driver.start(number, access, number);
    /// Makes known to the device what was started.
    driver.kick(number);
    /// Calls end(number, how) for all that has ended. An error: the device cannot be trusted any more.
    { driver.collect(end) } -> std::same_as<Result<>>;
};

/// The server's side of the block protocol, the same for all drivers: who may reach which sectors, sessions,
/// partitions, and what is to be done next.
template <IsDriver Driver>
class Service {
  public:
    Service(const os::Endpoint& endpoint, const os::Notification& interrupts, const os::DmaDomain& domain,
            Driver& driver)
        : endpoint_{endpoint}, interrupts_{interrupts}, domain_{domain}, driver_{driver} {}
    /// Reads the partition tables. Call once, before serving.
    [[nodiscard]] Result<> prepare();
    /// Tells the device server what there is.
    [[nodiscard]] Result<> announce(const devices::Client& server) const;

    Result<InfoReply> on(const Info& /*m*/, const os::Caller<Info>& caller) {
        const Badge badge = Badge::from(caller.badge());
        const Range range = TRY(range_of(badge));
        return info(driver_.disk(badge.unit), range);
    }
    Result<os::Answer<Connect>> on(const Connect& m, const os::Caller<Connect>& caller, os::Memory memory);
    Result<InfoReply> on(const Reconnect& m, const os::Caller<Reconnect>& caller, os::Memory memory) {
        const Badge badge = Badge::from(caller.badge());
        if (badge.session == 0) return fail(Error::denied);
        return share(badge, memory, m.alone != 0);
    }
    os::MaybeAnswer<Transfer> on(const Transfer& m, const os::Caller<Transfer>& caller);
    Result<os::Answer<Partition>> on(const Partition& m, const os::Caller<Partition>& caller);
    void on_notification(u64 /*bits*/) {
        collect();
        for (u32 i = 0; i < jobs_.size(); ++i)
            if (jobs_[i].pending) advance(jobs_[i]);
    }
    void on_gone(u64 badge) { sessions_.close(badge); }

  private:
    static constexpr abi::Rights client_rights = abi::rights::endpoint::call | abi::rights::copy;
    static constexpr abi::Rights both = abi::rights::memory::read | abi::rights::memory::write;
    static constexpr u32 most_accesses = 128;
    static constexpr u32 no_job = ~u32{0};
    static constexpr u64 table_pages = 8;

    /// One Transfer that is being worked on.
    struct Job {
        std::optional<os::Pending<Transfer>> pending;
        Session* session = nullptr;
        Batch batch;
    };
    struct UnderWay {
        u32 job = no_job; ///< free
        u8 first = 0, last = 0;
    };

    [[nodiscard]] Result<Range> range_of(Badge badge) const;
    [[nodiscard]] static InfoReply info(const Disk& disk, Range range) {
        return {disk.sector_size, range.count,
                (disk.is_read_only ? InfoReply::read_only : 0) |
                    (disk.has_write_cache ? InfoReply::write_cache : 0)};
    }
    [[nodiscard]] Result<InfoReply> share(Badge badge, const os::Memory& memory, bool alone);
    void collect();
    void advance(Job& job);
    [[nodiscard]] u32 take_number(u32 job, const Access& access);
    /// Reads for the driver itself, before it serves.
    [[nodiscard]] Result<> read_now(u32 unit, u64 sector, std::span<std::byte> bytes);

    const os::Endpoint& endpoint_;
    const os::Notification& interrupts_;
    const os::DmaDomain& domain_;
    Driver& driver_;
    Sessions sessions_;
    std::vector<std::vector<PartitionEntry>> tables_; ///< by unit
    std::array<Job, 32> jobs_;
    std::array<UnderWay, most_accesses> under_way_{};
    u32 free_ = most_accesses;
    Access access_; ///< being started
    std::optional<os::DmaBuffer> own_;
};

template <IsDriver Driver>
Result<Range> Service<Driver>::range_of(Badge badge) const {
    if (badge.unit >= driver_.units()) return fail(Error::not_found);
    if (badge.partition == 0) return Range{0, driver_.disk(badge.unit).sector_count};
    for (const PartitionEntry& entry : tables_[badge.unit])
        if (entry.number == badge.partition) {
            const bool same = badge.sum == 0 || badge.sum == sum_of_range(entry.first, entry.count);
            return same ? Result<Range>{Range{entry.first, entry.count}} : fail(Error::not_found);
        }
    return fail(Error::not_found);
}

template <IsDriver Driver>
Result<InfoReply> Service<Driver>::share(Badge badge, const os::Memory& memory, bool alone) {
    const Range range = TRY(range_of(badge));
    const Disk& disk = driver_.disk(badge.unit);
    if (alone && sessions_.is_taken(disk, range, badge.raw())) return fail(Error::busy);
    auto pages = TRY(os::DmaMapping::create(domain_, memory, both));
    TRY(sessions_.put({badge.raw(), &disk, range, std::move(pages), alone}));
    return info(disk, range);
}

template <IsDriver Driver>
Result<os::Answer<Connect>> Service<Driver>::on(const Connect& m, const os::Caller<Connect>& caller,
                                                os::Memory memory) {
    Badge badge = Badge::from(caller.badge());
    const Range range = TRY(range_of(badge));
    badge.session = TRY(sessions_.new_number());
    if (badge.partition != 0) badge.sum = sum_of_range(range.first, range.count);
    os::Endpoint session = TRY(endpoint_.mint(badge.raw(), client_rights));
    const InfoReply reply = TRY(share(badge, memory, m.alone != 0));
    return os::Answer<Connect>{reply, {std::move(session)}};
}

template <IsDriver Driver>
os::MaybeAnswer<Transfer> Service<Driver>::on(const Transfer& m, const os::Caller<Transfer>& caller) {
    Session* const session = sessions_.find(caller.badge());
    if (session == nullptr) return fail(Error::wrong_state);
    const auto job = std::ranges::find_if(jobs_, [](const Job& one) { return !one.pending; });
    if (job == jobs_.end()) return fail(Error::busy);
    const auto begun =
        job->batch.begin(m.bytes.view(), *session->disk, session->range, session->pages.pages());
    if (!begun) return fail(begun.error());
    auto pending = caller.keep();
    if (!pending) return fail(pending.error());
    job->pending.emplace(*std::move(pending));
    job->session = session;
    ++session->batches;
    advance(*job);
    return std::nullopt;
}

template <IsDriver Driver>
void Service<Driver>::advance(Job& job) {
    const u32 unit = Badge::from(job.session->badge).unit;
    bool started = false;
    while (free_ != 0 && driver_.has_room(unit) && job.batch.next(access_)) {
        driver_.start(unit, access_, take_number(static_cast<u32>(&job - jobs_.data()), access_));
        started = true;
    }
    if (started) driver_.kick(unit);
    if (!job.batch.is_done()) return;
    job.pending->answer(job.batch.outcome());
    job.pending.reset();
    sessions_.release(*job.session);
}

template <IsDriver Driver>
u32 Service<Driver>::take_number(u32 job, const Access& access) {
    const auto place = std::ranges::find(under_way_, no_job, &UnderWay::job);
    *place = {job, access.first, access.last};
    --free_;
    return static_cast<u32>(place - under_way_.begin());
}

template <IsDriver Driver>
void Service<Driver>::collect() {
    const auto collected = driver_.collect([this](u32 number, Result<> how) {
        UnderWay& one = under_way_[number];
        jobs_[one.job].batch.finished(one.first, one.last, how);
        one.job = no_job;
        ++free_;
    });
    if (collected) return;
    // The successor gets the device reset; clients repeat what they asked for.
    os::complain(describe(collected.error()));
    os::exit(1);
}

template <IsDriver Driver>
Result<os::Answer<Partition>> Service<Driver>::on(const Partition& m, const os::Caller<Partition>& caller) {
    Badge badge = Badge::from(caller.badge());
    if (badge.partition != 0 || badge.session != 0) return fail(Error::denied);
    if (badge.unit >= driver_.units() || m.index >= tables_[badge.unit].size()) return fail(Error::not_found);
    const PartitionEntry& entry = tables_[badge.unit][m.index];
    badge.partition = entry.number;
    badge.sum = sum_of_range(entry.first, entry.count);
    return os::Answer<Partition>{{entry.number, entry.first, entry.count, entry.type[0], entry.type[1],
                                  entry.identity[0], entry.identity[1],
                                  os::Chunk<112>::of(entry.name.view())},
                                 {TRY(endpoint_.mint(badge.raw(), client_rights))}};
}

template <IsDriver Driver>
Result<> Service<Driver>::prepare() {
    own_ = TRY(os::DmaBuffer::create(domain_, pages(table_pages)));
    for (u32 unit = 0; unit < driver_.units(); ++unit) {
        const Disk& disk = driver_.disk(unit);
        auto table = read_partition_table(
            disk.sector_size, disk.sector_count,
            [&](u64 sector, std::span<std::byte> bytes) { return read_now(unit, sector, bytes); });
        if (!table) os::log("disk {}: no partitions: {}", unit, table.error());
        tables_.push_back(table ? *std::move(table) : std::vector<PartitionEntry>{});
    }
    own_.reset();
    return {};
}

template <IsDriver Driver>
Result<> Service<Driver>::announce(const devices::Client& server) const {
    for (u32 unit = 0; unit < driver_.units(); ++unit) {
        const Disk& disk = driver_.disk(unit);
        const InfoReply whole = info(disk, {0, disk.sector_count});
        devices::DiskFound found{.unit = unit,
                                 .partition = 0,
                                 .first_sector = 0,
                                 .sector_count = whole.sector_count,
                                 .sector_size = whole.sector_size,
                                 .flags = whole.flags,
                                 .type = {},
                                 .identity = {},
                                 .bytes = {}};
        TRY(server.call(found));
        for (const PartitionEntry& entry : tables_[unit]) {
            found.partition = entry.number;
            found.first_sector = entry.first;
            found.sector_count = entry.count;
            found.type = entry.type;
            found.identity = entry.identity;
            found.bytes = os::Chunk<112>::of(entry.name.view());
            TRY(server.call(found));
        }
    }
    TRY(server.call(devices::Ready{}));
    return {};
}

template <IsDriver Driver>
Result<> Service<Driver>::read_now(u32 unit, u64 sector, std::span<std::byte> bytes) {
    const Disk& disk = driver_.disk(unit);
    if (bytes.size() > own_->bytes().size()) return fail(Error::too_large);
    while (!bytes.empty()) {
        const u64 length = std::min<u64>(bytes.size(), page_size);
        const u32 sectors = static_cast<u32>(length / disk.sector_size);
        access_ = {
            .operation = Operation::read, .sector = sector, .sectors = sectors, .count = 1, .pieces = {}};
        access_.pieces[0] = {own_->address(), static_cast<u32>(length)};
        driver_.start(unit, access_, 0);
        driver_.kick(unit);
        std::optional<Result<>> end;
        const Instant deadline = TRY(os::from_now(milliseconds(10'000)));
        while (!end) {
            TRY(interrupts_.wait(deadline));
            TRY(driver_.collect([&](u32 /*number*/, Result<> how) { end = how; }));
        }
        TRY(*std::move(end));
        std::memcpy(bytes.data(), own_->bytes().data(), length);
        bytes = bytes.subspan(length);
        sector += sectors;
    }
    return {};
}

/// All of a driver: finds its device and serves its disks until nobody can ask for them any more.
template <IsDriver Driver>
[[nodiscard]] Result<int> run_driver(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto interrupts = TRY(os::Notification::create());
    TRY(endpoint.bind(interrupts));
    auto device = TRY(Device::open(start));
    auto driver = TRY(Driver::open(std::move(device), interrupts));
    Service service{endpoint, interrupts, driver.dma(), driver};
    TRY(service.prepare());
    TRY(service.announce(driver.device().server()));
    TRY(os::serve<Protocol>(endpoint, service));
    return 0;
}

} // namespace pith::proto::block
