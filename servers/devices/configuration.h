#pragma once

#include "os/io_ports.h"
#include "os/mapping.h"
#include "os/registers.h"
#include "os/system.h"

#include <optional>

namespace pith::os::devices {

/// A PCI function's number: bus << 8 | device << 3 | function.
struct PciAddress : Strong<struct PciAddressTag, u16> {
    [[nodiscard]] constexpr u8 bus() const { return static_cast<u8>(raw >> 8); }
    [[nodiscard]] constexpr u8 slot() const { return static_cast<u8>(raw >> 3 & 31); }
    [[nodiscard]] constexpr u8 function() const { return static_cast<u8>(raw & 7); }
};

/// PCI's configuration space: by its window in memory where the firmware names one (MCFG), else by two ports
/// (PCI 3.0, 3.2.2.3.2).
class Configuration {
  public:
    static constexpr u16 ports_size = 256, window_size = 4096;

    [[nodiscard]] static Result<Configuration> open(const System& system);
    /// From now on buses from `first_bus` to `last_bus` are reached at `base`.
    [[nodiscard]] Result<> use_window(const System& system, PhysAddr base, u8 first_bus, u8 last_bus);

    /// Bytes that can be reached of each function's space.
    [[nodiscard]] u16 size(PciAddress at) const { return window_of(at) ? window_size : ports_size; }
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
    [[nodiscard]] bool window_of(PciAddress at) const {
        return at.bus() >= first_bus_ && u64{at.bus()} < first_bus_ + buses_;
    }
    [[nodiscard]] u64 place(PciAddress at, u16 offset) const {
        return (u64{at.raw} - (u64{first_bus_} << 8)) * window_size + offset;
    }
    void select(PciAddress at, u16 offset) const {
        ports_.write<Address>(0x8000'0000 | u32{at.raw} << 8 | (offset & 0xfcu));
    }

    IoPorts ports_;
    Memory memory_;
    Mapping window_;
    u8 first_bus_ = 0;
    u64 buses_ = 0; ///< that the window shows
};

} // namespace pith::os::devices
