#pragma once

#include "os/server.h"
#include "servers/devices/disks.h"
#include "servers/devices/driver.h"

#include <memory>

namespace pith::os::devices {

namespace protocol = proto::devices;

/// Answers what is in the machine, supervises the drivers, and hands out disks.
class Server {
  public:
    Server(Means means, Manifest manifest, const Endpoint& endpoint)
        : means_{std::move(means)}, manifest_{std::move(manifest)}, endpoint_{endpoint} {}
    /// Looks what there is, bus by bus, and starts the drivers.
    void find_devices();
    void start_drivers();

    Result<protocol::FunctionReply> on(const protocol::Function& m, const Caller<protocol::Function>& caller);
    Result<protocol::TableReply> on(const protocol::Table& m, const Caller<protocol::Table>& caller);
    MaybeAnswer<protocol::Disk> on(const protocol::Disk& m, const Caller<protocol::Disk>& caller);
    MaybeAnswer<protocol::OpenDisk> on(const protocol::OpenDisk& m, const Caller<protocol::OpenDisk>& caller);
    Result<Done> on(const protocol::Restart& m, const Caller<protocol::Restart>& caller);
    Result<Done> on(const proto::supervision::End& m, const Caller<proto::supervision::End>& caller);
    Result<Done> on(const protocol::EnableDma& m, const Caller<protocol::EnableDma>& caller);
    Result<Done> on(const protocol::DiskFound& m, const Caller<protocol::DiskFound>& caller);
    Result<Done> on(const protocol::Ready& m, const Caller<protocol::Ready>& caller);
    void on_notification(u64 bits);

  private:
    /// Who waits until all drivers have looked for disks.
    struct Waiting {
        std::optional<Pending<protocol::Disk>> list;
        std::optional<Pending<protocol::OpenDisk>> open;
        u64 index = 0;
        u64 badge = 0;
        Chunk<112> name{};
    };
    static constexpr u64 most_waiting = 16, most_drivers = 32;

    void find_on_bus(u8 bus, u32 depth);
    [[nodiscard]] Driver* driver_of(u64 badge);
    [[nodiscard]] Result<> check_may_restart(u64 badge);
    [[nodiscard]] bool disks_are_known() const;
    void settle();
    [[nodiscard]] Result<protocol::DiskReply> describe(u64 index) const;
    [[nodiscard]] bool can_have(const ClientRule& rule) const;
    [[nodiscard]] Result<Answer<protocol::OpenDisk>> open(std::string_view name, u64 badge) const;

    Means means_;
    Manifest manifest_;
    const Endpoint& endpoint_;
    std::vector<std::unique_ptr<Device>> devices_;
    std::vector<Driver> drivers_;
    Disks disks_;
    std::vector<Waiting> waiting_;
};

} // namespace pith::os::devices
