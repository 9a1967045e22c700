#pragma once

#include "proto/device.h"
#include "servers/driver/virtio_pci.h"
#include "servers/driver/virtio_queue.h"

namespace pith::os::driver {

/// A virtio device on PCI (VIRTIO 1.2, 3.1 and 4.1): reset, features, queues.
class VirtioDevice {
  public:
    /// The features that every driver here needs: version 1, indirect descriptors.
    static constexpr u64 version_1 = u64{1} << 32, indirect = u64{1} << 28;
    /// The device's addresses go through the machine's translation: taken where it is offered.
    static constexpr u64 access_platform = u64{1} << 33;

    /// Resets the device and agrees on those of `wanted` that it offers. `unsupported`: it lacks what is
    /// needed.
    [[nodiscard]] static Result<VirtioDevice> open(proto::Device& device, u64 wanted);
    [[nodiscard]] bool has(u64 feature) const { return (features_ & feature) != 0; }
    /// Its own registers.
    [[nodiscard]] const Registers& registers() const { return own_; }

    /// Gives it queue `number`, which lies at `address` for the device, with interrupt `vector`. How to
    /// notify it.
    [[nodiscard]] Result<Registers> add_queue(u16 number, u64 address, u16 vector);
    /// From now on it works.
    void start() { common_.write<Status>(static_cast<u8>(common_.read<Status>() | driver_ok)); }

    using Notify = Register<u16, 0, Access::write_only>;

  private:
    using DeviceFeatureSelect = Register<u32, 0>;
    using DeviceFeature = Register<u32, 4, Access::read_only>;
    using DriverFeatureSelect = Register<u32, 8>;
    using DriverFeature = Register<u32, 12>;
    using ConfigurationVector = Register<u16, 16>;
    using Status = Register<u8, 20>;
    using QueueSelect = Register<u16, 22>;
    using QueueSize = Register<u16, 24>;
    using QueueVector = Register<u16, 26>;
    using QueueEnable = Register<u16, 28>;
    using QueueNotify = Register<u16, 30, Access::read_only>;
    template <u32 at>
    struct Address {
        using Low = Register<u32, at>;
        using High = Register<u32, at + 4>;
    };
    static constexpr u64 common_size = 56;
    static constexpr u8 acknowledge = 1, driver = 2, driver_ok = 4, features_ok = 8;
    static constexpr u16 no_vector = 0xffff;

    VirtioDevice(Registers common, Registers notifications, Registers own, u32 step)
        : common_{common}, notifications_{notifications}, own_{own}, step_{step} {}
    [[nodiscard]] Result<> reset();
    [[nodiscard]] Result<> negotiate(u64 wanted);
    template <u32 at>
    void write_address(u64 address) {
        common_.write<typename Address<at>::Low>(static_cast<u32>(address));
        common_.write<typename Address<at>::High>(static_cast<u32>(address >> 32));
    }

    Registers common_, notifications_, own_;
    u32 step_;
    u64 features_ = 0;
};

} // namespace pith::os::driver
