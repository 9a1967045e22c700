#include "servers/volumes/volume.h"

#include "os/exit_status.h"
#include "os/log.h"
#include "os/runtime.h"
#include "os/spawn.h"
#include "proto/call_again.h"
#include "proto/mount_path.h"

namespace pith::os::volumes {
namespace {

namespace protocol = proto::volumes;

template <class M>
M message_of(std::string_view path) {
    M message{};
    message.bytes = decltype(message.bytes)::of(path);
    return message;
}

Error error_of(const abi::ProcessStatus::Reply& end) {
    const u64 status = shell_status(end);
    constexpr u64 first = protocol::failed_with + static_cast<u64>(Error::bad_handle);
    constexpr u64 last = protocol::failed_with + static_cast<u64>(Error::lost);
    if (status < first || status > last) return Error::interrupted;
    return static_cast<Error>(status - protocol::failed_with);
}

} // namespace

Result<std::unique_ptr<Volume>> Volume::create(const Means& means, u64 number, const MountRequest& request,
                                               Endpoint disk) {
    Endpoint endpoint = TRY(Endpoint::create(means.outliving));
    means.lasting.clear(number);
    Memory kept = TRY(means.lasting.page(number));
    proto::file::Client keeper{TRY(endpoint.mint(proto::file::Badge::keeper, client_rights))};
    std::unique_ptr<Volume> volume{new Volume{number, request, std::move(disk), std::move(endpoint),
                                              std::move(kept), std::move(keeper)}};
    TRY(volume->start(means));
    return volume;
}

Result<std::unique_ptr<Volume>> Volume::inherit(const Means& means, Inheritance from) {
    const auto& [number, type, read_only] = from.record;
    Memory kept = TRY(means.lasting.page(number));
    proto::file::Client keeper{TRY(from.files.mint(proto::file::Badge::keeper, client_rights))};
    std::unique_ptr<Volume> volume{new Volume{number,
                                              {from.path, type, read_only},
                                              std::move(from.disk),
                                              std::move(from.files),
                                              std::move(kept),
                                              std::move(keeper)}};
    volume->inherited_ = true;
    if (const auto started = volume->start(means); !started) {
        volume->give_up(means);
        return fail(started.error());
    }
    return volume;
}

Result<> Volume::start(const Means& means) {
    budget_ = TRY(means.budget.split(memory));
    namespace budget = abi::rights::budget;
    const std::array<ChildGrant, 7> grants{
        {{"serve", &endpoint_},
         {"kept", &kept_, abi::rights::memory::read | abi::rights::memory::write},
         {"clock", &means.clock, client_rights},
         {"disk", &disk_, client_rights},
         {"budget", &budget_, abi::rights::copy | budget::spend | budget::inspect},
         {"ready", &means.events, abi::rights::notification::signal},
         {"log", &means.log, abi::rights::system::write_log}}};
    Text<24> ready;
    ready.format("{}", ready_bit(number_));
    std::vector<std::string_view> arguments{path_, ready.view(), type_};
    if (read_only_) arguments.push_back(proto::mount_table::read_only_word);
    auto process = spawn({.image = TRY(means.initrd.read("sys/disk_files")),
                          .arguments = arguments,
                          .environment = {},
                          .grants = grants,
                          .budget = &budget_,
                          .priority = 20});
    if (!process) {
        end();
        return fail(process.error());
    }
    process_ = *std::move(process);
    serves_ = false;
    return process_.observe(means.events, ended_bit(number_));
}

Result<> Volume::keep(const Means& means) const {
    TRY(means.keeper.keep(name_of_disk(path_), 0, disk_));
    TRY(means.keeper.keep(path_, Record{number_, type_, read_only_}.word(), endpoint_));
    means.lasting.taken_away().remove(path_);
    return {};
}

/// Kept before it is mounted: so there is no mount point that no successor of this server knows of.
Result<> Volume::attach(const Means& means) const {
    if (!inherited_) TRY(keep(means));
    const Endpoint files = TRY(endpoint_.copy(client_rights));
    const auto attached =
        proto::call_until(Error::exists, means.table, message_of<proto::mounts::Attach>(path_), files);
    const bool is_there = inherited_ && !attached && attached.error() == Error::exists;
    if (!attached && !is_there) return fail(attached.error());
    return {};
}

void Volume::forget(const Means& means) {
    end();
    endpoint_ = Endpoint{}; // whoever calls it hears that nobody will answer
    for (const std::string& name : {path_, name_of_disk(path_)})
        if (const auto dropped = means.keeper.drop(name); !dropped) log("{}: {}", name, dropped.error());
}

/// The endpoint has to go first: the table asks there for open files.
void Volume::give_up(const Means& means) {
    forget(means);
    if (!inherited_) return;
    const auto detached =
        proto::call_until(Error::not_found, means.table, message_of<proto::mounts::Detach>(path_));
    if (!detached && detached.error() != Error::not_found) log("{}: {}", path_, detached.error());
}

void Volume::answer(Result<> how) {
    if (!waiting_) return;
    if (how)
        waiting_->answer(Done{});
    else
        waiting_->answer(fail(how.error()));
    waiting_.reset();
}

bool Volume::on_ready(const Means& means) {
    serves_ = true;
    if (attached_) return true; // a successor, whose files are still mounted
    const auto attached = attach(means);
    attached_ = attached.has_value();
    if (!attached && !waiting_) log("{}: {}", path_, attached.error());
    if (!attached) give_up(means);
    answer(attached);
    return attached_;
}

bool Volume::on_ended(const Means& means) {
    const auto status = process_.status();
    if (!status) return true;
    end();
    if (!attached_) {
        if (!waiting_) log("{}: {}", path_, error_of(*status));
        give_up(means);
        answer(fail(error_of(*status)));
        return false;
    }
    log("{} {}", path_, describe_end(*status));
    if (restarts_ < most_restarts) {
        ++restarts_;
        if (start(means)) return true;
    }
    log("{} stays ended", path_);
    forget(means);
    return true;
}

Result<> Volume::leave(const Means& means) {
    if (is_starting()) return fail(Error::busy); // whoever is asked now might never answer
    TRY(check_nothing_below(means));
    // The file server itself decides, so that nobody can open a file in between.
    const auto left = keeper_.call(proto::file::Leave{});
    if (!left && left.error() != Error::closed) return fail(left.error());
    const auto detached =
        proto::call_until(Error::not_found, means.table, message_of<proto::mounts::Detach>(path_));
    if (!detached && detached.error() != Error::not_found) return fail(detached.error());
    forget(means);
    return {};
}

Result<> Volume::check_nothing_below(const Means& means) const {
    for (u64 index = 0;; ++index) {
        const auto mounted = means.table.call(proto::mounts::Get{index});
        if (!mounted && mounted.error() == Error::not_found) return {};
        if (!mounted) return fail(mounted.error());
        const std::string_view path = mounted->value.bytes.view();
        if (path != path_ && proto::lies_below(path, path_)) return fail(Error::busy);
    }
}

void Volume::end() {
    if (budget_) static_cast<void>(budget_.end()); // whatever is in use follows later
    budget_ = Budget{};
    process_ = Process{};
}

} // namespace pith::os::volumes
