#pragma once

#include "base/bytes.h"
#include "base/text.h"
#include "os/dma.h"
#include "os/io_ports.h"
#include "os/registers.h"
#include "os/start.h"
#include "proto/devices.h"

namespace pith::proto {

/// The one device that a driver was started for, and nothing else. Which window holds what the data sheet
/// says.
class Device {
  public:
    [[nodiscard]] static Result<Device> open(os::Start& start);

    /// Registers in window `number` (a base address register), mapped for as long as the device is held.
    /// Parts of a window that the driver may not see are not there: `not_found`.
    [[nodiscard]] Result<os::Registers> registers(u32 number, u64 offset, u64 length);
    /// The whole window.
    [[nodiscard]] Result<os::Registers> registers(u32 number);
    /// Window `number` of I/O ports. `first` has to be asked for only where ports are counted.
    [[nodiscard]] Result<os::IoPorts> ports(u32 number);
    /// Its configuration space as it was when the driver started.
    [[nodiscard]] Bytes configuration() const { return configuration_view_.bytes(); }

    [[nodiscard]] const os::DmaDomain& dma() const { return dma_; }
    /// The driver has reset the device: from now on it may reach what the domain shows it.
    [[nodiscard]] Result<> enable_dma() const {
        TRY(server_.call(devices::EnableDma{}));
        return {};
    }
    /// Interrupts that the device raises, the first by default, signal `bits` from now on.
    [[nodiscard]] Result<> listen(const os::Notification& notification, u64 bits, u32 number = 0);
    [[nodiscard]] Result<> acknowledge(u32 number = 0) const { return interrupts_[number].acknowledge(); }
    /// Who supervises the driver.
    [[nodiscard]] const devices::Client& server() const { return server_; }

  private:
    struct Window {
        u32 number;
        u64 offset;
        os::Memory memory;
        os::Mapping view;
    };
    struct Ports {
        u32 number;
        u16 first;
        os::IoPorts ports;
    };

    Device(devices::Client server, os::DmaDomain dma, os::Memory configuration, os::Mapping view)
        : server_{std::move(server)},
          dma_{std::move(dma)},
          configuration_{std::move(configuration)},
          configuration_view_{std::move(view)} {}
    [[nodiscard]] Result<> take(os::Start& start, std::string_view name);

    devices::Client server_;
    os::DmaDomain dma_;
    os::Memory configuration_;
    os::Mapping configuration_view_;
    std::vector<Window> windows_;
    std::vector<Ports> ports_;
    std::vector<os::Interrupt> interrupts_;
};

/// How the device server names what it grants a driver: `window2+0x1000`, `ports4+0xc000`, `interrupt0`.
namespace device_grant {
inline constexpr std::string_view window = "window", ports = "ports", interrupt = "interrupt";
inline constexpr std::string_view server = "device", dma = "dma", configuration = "configuration";

[[nodiscard]] inline Text<24> name(std::string_view kind, u64 number) {
    Text<24> text;
    text.format("{}{}", kind, number);
    return text;
}
[[nodiscard]] inline Text<24> name(std::string_view kind, u64 number, u64 offset) {
    Text<24> text;
    text.format("{}{}+0x{:x}", kind, number, offset);
    return text;
}
} // namespace device_grant

} // namespace pith::proto
