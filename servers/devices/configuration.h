#pragma once

#include "os/io_ports.h"
#include "os/system.h"

#include <optional>

namespace pith::os::devices {

/// A PCI function's number: bus << 8 | device << 3 | function.
struct PciAddress : Strong<struct PciAddressTag, u16> {
    [[nodiscard]] constexpr u8 bus() const { return static_cast<u8>(raw >> 8); }
    [[nodiscard]] constexpr u8 slot() const { return static_cast<u8>(raw >> 3 & 31); }
    [[nodiscard]] constexpr u8 function() const { return static_cast<u8>(raw & 7); }
};

/// PCI's configuration space by its two ports (PCI 3.0, 3.2.2.3.2).
class Configuration {
  public:
    static constexpr u16 size = 256; ///< of each function's space, as far as the ports reach

    [[nodiscard]] static Result<Configuration> open(const System& system);
    /// `offset` is a multiple of 4. What is not there reads as ones.
    [[nodiscard]] u32 read(PciAddress at, u16 offset) const;
    void write(PciAddress at, u16 offset, u32 value) const;
    /// Two bytes, which may not affect their neighbours (status registers are cleared by writing ones).
    void write16(PciAddress at, u16 offset, u16 value) const;
    [[nodiscard]] u16 read16(PciAddress at, u16 offset) const {
        return static_cast<u16>(read(at, static_cast<u16>(offset & ~3u)) >> (offset & 2) * 8);
    }

  private:
    using Address = Register<u32, 0>;
    using Data = Register<u32, 4>;
    explicit Configuration(IoPorts ports) : ports_{std::move(ports)} {}
    void select(PciAddress at, u16 offset) const {
        ports_.write<Address>(0x8000'0000 | u32{at.raw} << 8 | (offset & 0xfcu));
    }

    IoPorts ports_;
};

} // namespace pith::os::devices
