#include "servers/devices/configuration.h"

namespace pith::os::devices {
namespace {
constexpr u16 first_port = 0xcf8, port_count = 8;
constexpr u64 bus_bytes = u64{1} << 20;
} // namespace

Result<Configuration> Configuration::open(const System& system) {
    IoPorts ports{TRY(invoke(abi::IoPortsCreate{system.id(), {}, first_port, port_count})).handle};
    TRY(ports.enable(first_port));
    return Configuration{std::move(ports)};
}

Result<> Configuration::use_window(const System& system, PhysAddr base, u8 first_bus, u8 last_bus) {
    constexpr u64 most_buses = 4; // each takes a MiB of this process's addresses; the ports reach the others
    const u64 buses = std::min<u64>(u64{last_bus} - first_bus + 1, most_buses);
    const PhysAddr start{TRY(checked_add(base.raw, first_bus * bus_bytes))};
    Memory memory{
        TRY(invoke(abi::MemoryPhysical{system.id(), {}, start, PageCount::holding(buses * bus_bytes)}))
            .handle};
    window_ = TRY(Mapping::whole(memory, abi::rights::memory::read | abi::rights::memory::write));
    memory_ = std::move(memory);
    first_bus_ = first_bus;
    buses_ = buses;
    return {};
}

u32 Configuration::read(PciAddress at, u16 offset) const {
    if (window_of(at)) return SharedArray<u32>{window_.bytes()}.get(place(at, offset) / 4);
    if (offset >= ports_size) return ~u32{0};
    select(at, offset);
    return ports_.read<Data>();
}

void Configuration::write(PciAddress at, u16 offset, u32 value) const {
    if (window_of(at)) return SharedArray<u32>{window_.bytes()}.set(place(at, offset) / 4, value);
    if (offset >= ports_size) return;
    select(at, offset);
    ports_.write<Data>(value);
}

void Configuration::write16(PciAddress at, u16 offset, u16 value) const {
    if (window_of(at)) return SharedArray<u16>{window_.bytes()}.set(place(at, offset) / 2, value);
    if (offset >= ports_size) return;
    select(at, offset);
    if ((offset & 2) == 0)
        ports_.write<Register<u16, 4>>(value);
    else
        ports_.write<Register<u16, 6>>(value);
}

} // namespace pith::os::devices
