#pragma once

#include "os/dma.h"
#include "os/mapping.h"

namespace pith::devices {

/// PCI's configuration space by its two ports (PCI 3.0, 3.2.2.3.2).
class PciPorts {
  public:
    [[nodiscard]] static Result<PciPorts> open(const os::System& system);
    [[nodiscard]] u32 read(u16 device, u8 offset) const;
    void write(u16 device, u8 offset, u32 value) const;
    /// The first device on bus 0 of this vendor and kind; `not_found`.
    [[nodiscard]] Result<u16> find(u32 identity) const;

  private:
    explicit PciPorts(os::Handle ports) : ports_{std::move(ports)} {}
    os::Handle ports_;
};

/// QEMU's device for teaching: raises interrupts on command and copies memory by itself.
class Edu {
  public:
    static constexpr u32 identity = 0x11e8'1234;

    [[nodiscard]] static Result<Edu> open(const os::System& system);
    [[nodiscard]] u16 device() const { return device_; }
    [[nodiscard]] bool answers();

    /// Sends this message for its interrupts, in place of its line.
    void use_message(u64 address, u64 data) const;
    void use_line() const;
    void raise(u32 bits) { *raising() = bits; }
    /// Where a store raises its bits.
    [[nodiscard]] volatile u32* raising() { return &reg(0x60); }
    [[nodiscard]] u32 raised() { return reg(0x24); }
    void lower(u32 bits) { reg(0x64) = bits; }

    static constexpr u64 most = 2048;
    /// Copies so many bytes between bus address and the device's own memory; waits until it is done.
    [[nodiscard]] Result<> read_memory(u64 address) { return copy(address, inside, 1); }
    [[nodiscard]] Result<> write_memory(u64 address) { return copy(inside, address, 3); }

  private:
    static constexpr u64 inside = 0x4'0000;
    Edu(PciPorts pci, u16 device, u8 messages, os::Memory window, os::Mapping registers)
        : pci_{std::move(pci)},
          device_{device},
          messages_{messages},
          window_{std::move(window)},
          registers_{std::move(registers)} {}
    volatile u32& reg(u32 offset) {
        return *reinterpret_cast<volatile u32*>(registers_.bytes().data() + offset);
    }
    [[nodiscard]] Result<> copy(u64 from, u64 to, u32 command);

    PciPorts pci_;
    u16 device_;
    u8 messages_; ///< where its configuration space describes them
    os::Memory window_;
    os::Mapping registers_;
};

} // namespace pith::devices
