#pragma once

#include "base/archive.h"
#include "proto/devices.h"
#include "servers/devices/device.h"
#include "servers/devices/firmware.h"
#include "servers/devices/manifest.h"

namespace pith::os::devices {

/// What the device server holds of the system.
struct Means {
    System system;
    Budget budget;
    Archive initrd;
    Configuration configuration;
    Firmware firmware;
    Notification ends;
};

/// One device with the driver that it is given to: what the driver gets, and what happens when it ends.
class Driver {
  public:
    enum class State : u8 { starting, ready, ended };

    Driver(Device& device, const DriverRule& rule, u64 number)
        : device_{&device}, rule_{&rule}, number_{number} {}
    /// Makes what outlives the process: its endpoint and its budget.
    [[nodiscard]] Result<> prepare(const Means& means);
    /// A process that holds the device and nothing else. `server` is where it asks the device server.
    [[nodiscard]] Result<> start(const Means& means, const Endpoint& server);
    /// Whether the process has ended; then it is known how.
    [[nodiscard]] bool has_ended() const { return process_ && process_.status().has_value(); }
    /// After its end: the device is at rest, and a successor runs if the rule allows one more.
    void end(const Means& means, const Endpoint& server);
    [[nodiscard]] Result<> kill() {
        if (!process_) return fail(Error::wrong_state);
        TRY(process_.kill());
        was_told_to_end_ = true;
        return {};
    }

    [[nodiscard]] bool runs_as(u64 identity) const { return process_ && process_.is(identity); }

    void set_ready() { state_ = State::ready; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] const DriverRule& rule() const { return *rule_; }
    [[nodiscard]] const Device& device() const { return *device_; }
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] u64 restarts() const { return restarts_; }

  private:
    [[nodiscard]] Result<Process> spawn_driver(const Means& means, const Endpoint& server);
    [[nodiscard]] Result<Memory> copy_configuration(const Means& means) const;

    Device* device_;
    const DriverRule* rule_;
    u64 number_; ///< among the drivers: a bit of the notification, and of its badge
    Endpoint endpoint_;
    Budget budget_;
    Process process_;
    State state_ = State::starting;
    u64 restarts_ = 0;
    static constexpr u64 most_failures = 3;
    bool was_told_to_end_ = false;
    u64 failures_ = 0; ///< ends by itself before it was ready, one after the other
};

} // namespace pith::os::devices
