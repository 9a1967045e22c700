#pragma once

#include "base/archive.h"
#include "os/server.h"
#include "proto/file_badge.h"
#include "proto/keeper.h"
#include "proto/mount_table.h"
#include "proto/mounts.h"
#include "proto/volumes.h"
#include "servers/volumes/lasting.h"

#include <memory>
#include <string>

namespace pith::os::volumes {

/// What a file server is started with.
struct Means {
    Archive initrd;
    Budget budget;
    Notification events; ///< bits of Volume
    proto::mounts::Client table;
    Endpoint clock;
    Handle log;
    Lasting lasting;
    Budget outliving; ///< pays for what outlives this server; empty: nothing does
    proto::Keeper keeper;
};

/// Where and how a disk shall be mounted.
struct MountRequest {
    std::string_view path;
    std::string_view type = proto::mount_table::any_type;
    bool read_only = false;
};

/// What a predecessor of this server had mounted.
struct Inheritance {
    std::string path;
    Record record;
    Endpoint disk;
    Endpoint files; ///< that its file server receives on
};

/// A disk that is mounted, and the process that serves its files.
class Volume {
  public:
    static constexpr u64 most = Record::most_volumes;
    [[nodiscard]] static constexpr u64 ended_bit(u64 number) { return u64{1} << number; }
    [[nodiscard]] static constexpr u64 ready_bit(u64 number) { return u64{1} << (most + number); }

    /// One that init has started and supervises, and that is mounted from the start.
    Volume(std::string path, proto::file::Client keeper)
        : path_{std::move(path)}, keeper_{std::move(keeper)} {}
    /// One for this disk, to be mounted when its process serves.
    [[nodiscard]] static Result<std::unique_ptr<Volume>> create(const Means& means, u64 number,
                                                                const MountRequest& request, Endpoint disk);
    /// One that a predecessor of this server had mounted: who has files open there goes on with them.
    [[nodiscard]] static Result<std::unique_ptr<Volume>> inherit(const Means& means, Inheritance from);
    /// By which name its disk is kept for a successor of this server; the files are by the path.
    [[nodiscard]] static std::string name_of_disk(std::string_view path) {
        return std::string{"disk:"}.append(path);
    }
    Volume(const Volume&) = delete;
    ~Volume() { end(); }
    /// Who hears that it is mounted, or why it is not.
    void set_waiting(Pending<proto::volumes::Mount> waiting) { waiting_.emplace(std::move(waiting)); }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool is_inherited() const { return inherited_; }
    /// It was started, and has neither served yet nor failed to.
    [[nodiscard]] bool is_starting() const { return process_ && !serves_; }
    /// Empty where init supervises it.
    [[nodiscard]] const Process& process() const { return process_; }
    /// It serves: its files are mounted. False: they are not, and the volume is to go.
    [[nodiscard]] bool on_ready(const Means& means);
    /// Its process has ended, and is started anew, on the same disk. False: it was never mounted, and is to
    /// go.
    [[nodiscard]] bool on_ended(const Means& means);
    /// Its disk is left in order and its mount point taken away; then the volume is to go. `busy`: nothing
    /// has changed.
    [[nodiscard]] Result<> leave(const Means& means);

  private:
    /// A file server's memory: most of it is the cache.
    static constexpr PageCount memory = pages(1280);
    static constexpr u64 most_restarts = 5;
    static constexpr abi::Rights client_rights = abi::rights::endpoint::call | abi::rights::copy;

    Volume(u64 number, const MountRequest& request, Endpoint disk, Endpoint endpoint, Memory kept,
           proto::file::Client keeper)
        : number_{number},
          path_{request.path},
          type_{request.type},
          read_only_{request.read_only},
          disk_{std::move(disk)},
          endpoint_{std::move(endpoint)},
          kept_{std::move(kept)},
          keeper_{std::move(keeper)} {}
    [[nodiscard]] Result<> start(const Means& means);
    [[nodiscard]] Result<> keep(const Means& means) const;
    [[nodiscard]] Result<> attach(const Means& means) const;
    [[nodiscard]] Result<> check_nothing_below(const Means& means) const;
    void answer(Result<> how);
    /// No successor of this server finds anything of it.
    void forget(const Means& means);
    /// ... and what a predecessor had mounted is no mount point any more.
    void give_up(const Means& means);
    void end();

    u64 number_ = 0;
    std::string path_;
    std::string type_{};
    bool read_only_ = false;
    Endpoint disk_{};     ///< these are empty where init supervises it
    Endpoint endpoint_{}; ///< that its process receives on
    Memory kept_{};       ///< what it leaves to its successor
    proto::file::Client keeper_;
    std::optional<Pending<proto::volumes::Mount>> waiting_{};
    Budget budget_{};
    Process process_{};
    u64 restarts_ = 0;
    bool inherited_ = false;
    bool serves_ = false;
    bool attached_ = false;
};

} // namespace pith::os::volumes
