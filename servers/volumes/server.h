#pragma once

#include "proto/devices.h"
#include "servers/volumes/own_table.h"
#include "servers/volumes/volume.h"

namespace pith::os::volumes {

/// Who mounts what by hand, and takes it away.
class Server {
  public:
    Server(Means means, std::optional<OwnTable> own) : means_{std::move(means)}, own_{std::move(own)} {}
    /// A disk that is mounted from the start.
    [[nodiscard]] Result<> add(std::string_view path, proto::file::Client keeper);
    /// Starts mounting what predecessors had mounted, and then what the table says of who lives here.
    [[nodiscard]] Result<> start();

    MaybeAnswer<proto::volumes::Mount> on(const proto::volumes::Mount& m,
                                          const Caller<proto::volumes::Mount>& caller, Endpoint disk);
    MaybeAnswer<proto::volumes::Unmount> on(const proto::volumes::Unmount& m,
                                            const Caller<proto::volumes::Unmount>& caller);
    Result<Done> on(const proto::supervision::End& m, const Caller<proto::supervision::End>& caller);
    void on_notification(u64 bits);

  private:
    using Place = std::unique_ptr<Volume>;
    /// Somebody who unmounts what is just being started anew.
    struct Unmounting {
        std::string path;
        Pending<proto::volumes::Unmount> caller;
    };
    static constexpr u64 most_unmounting = 8;

    [[nodiscard]] Result<Place*> free_place(std::string_view path);
    [[nodiscard]] Result<Place*> mount(const MountRequest& request, Endpoint disk);
    [[nodiscard]] Place* find(std::string_view path); ///< null: there is none
    [[nodiscard]] Result<> unmount(std::string_view path);
    void unmount_what_serves();
    [[nodiscard]] Result<> inherit();
    void inherit_one(std::string_view path, u64 note, Endpoint disk, Endpoint files);
    void mount_own_table();
    void mount_all(const proto::mount_table::Table& table, const proto::devices::Client& devices);
    [[nodiscard]] Result<> mount_one(const proto::mount_table::Entry& entry,
                                     const proto::devices::Client& devices);

    Means means_;
    std::optional<OwnTable> own_; ///< until it has been read
    std::array<Place, Volume::most> volumes_;
    std::vector<Unmounting> unmounting_;
};

} // namespace pith::os::volumes
