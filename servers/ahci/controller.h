#pragma once

#include "proto/device.h"
#include "servers/ahci/port.h"

namespace pith::os::ahci {

/// A SATA controller (AHCI 1.3.1) and the disks at its ports (block::IsDriver says what each function does).
class Controller {
  public:
    static constexpr u64 interrupt_bit = 1;
    [[nodiscard]] static Result<Controller> open(proto::Device device, const Notification& interrupts);

    [[nodiscard]] u32 units() const { return static_cast<u32>(ports_.size()); }
    [[nodiscard]] const block::Disk& disk(u32 unit) const { return ports_[unit].disk(); }
    [[nodiscard]] bool has_room(u32 unit) const { return ports_[unit].has_room(); }
    void start(u32 unit, const block::Access& access, u32 number) { ports_[unit].start(access, number); }
    void kick(u32 unit) { ports_[unit].kick(); }
    [[nodiscard]] Result<> collect(const auto& end) {
        TRY(device_.acknowledge());
        const u32 causes = registers_.read<Causes>();
        for (Port& port : ports_)
            TRY(port.collect(end));
        // After the ports' own: what comes meanwhile raises it again.
        registers_.write<Causes>(causes);
        return {};
    }
    [[nodiscard]] const DmaDomain& dma() const { return device_.dma(); }
    [[nodiscard]] const proto::Device& device() const { return device_; }

  private:
    using Capabilities = Register<u32, 0x00, Access::read_only>;
    using Control = Register<u32, 0x04>;
    using Causes = Register<u32, 0x08>;
    using Ports = Register<u32, 0x0c, Access::read_only>;
    static constexpr u32 reset = 1, interrupts_on = 2, ahci_on = u32{1} << 31;
    static constexpr u32 window = 5;
    static constexpr u64 ports_at = 0x100, port_bytes = 0x80;

    Controller(proto::Device device, Registers registers)
        : device_{std::move(device)}, registers_{registers} {}
    [[nodiscard]] Result<> reset_all();
    [[nodiscard]] Result<> find_disks();

    proto::Device device_;
    Registers registers_;
    std::vector<Port> ports_;
};

} // namespace pith::os::ahci
