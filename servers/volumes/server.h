#pragma once

#include "proto/devices.h"
#include "servers/volumes/volume.h"

namespace pith::os::volumes {

/// Who mounts what by hand, and takes it away.
class Server {
  public:
    explicit Server(Means means) : means_{std::move(means)} {}
    /// A disk that is mounted from the start.
    [[nodiscard]] Result<> add(std::string_view path, proto::file::Client keeper);
    /// Starts mounting what a table says. `where` it lies is for the log, which tells what was wrong.
    void mount_all(const proto::mount_table::Table& table, std::string_view where,
                   const proto::devices::Client& devices);

    MaybeAnswer<proto::volumes::Mount> on(const proto::volumes::Mount& m,
                                          const Caller<proto::volumes::Mount>& caller, Endpoint disk);
    Result<Done> on(const proto::volumes::Unmount& m, const Caller<proto::volumes::Unmount>& caller);
    Result<Done> on(const proto::supervision::End& m, const Caller<proto::supervision::End>& caller);
    void on_notification(u64 bits);

  private:
    using Place = std::unique_ptr<Volume>;
    [[nodiscard]] Result<Place*> free_place(std::string_view path);
    [[nodiscard]] Result<Place*> mount(const MountRequest& request, Endpoint disk);
    [[nodiscard]] Result<> mount_one(const proto::mount_table::Entry& entry,
                                     const proto::devices::Client& devices);

    Means means_;
    std::array<Place, Volume::most> volumes_;
};

} // namespace pith::os::volumes
