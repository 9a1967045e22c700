#include "servers/devices/configuration.h"

namespace pith::os::devices {
namespace {
constexpr u16 first_port = 0xcf8, port_count = 8;
} // namespace

Result<Configuration> Configuration::open(const System& system) {
    IoPorts ports{TRY(invoke(abi::IoPortsCreate{system.id(), {}, first_port, port_count})).handle};
    TRY(ports.enable(first_port));
    return Configuration{std::move(ports)};
}

u32 Configuration::read(PciAddress at, u16 offset) const {
    if (offset >= size) return ~u32{0};
    select(at, offset);
    return ports_.read<Data>();
}

void Configuration::write(PciAddress at, u16 offset, u32 value) const {
    if (offset >= size) return;
    select(at, offset);
    ports_.write<Data>(value);
}

void Configuration::write16(PciAddress at, u16 offset, u16 value) const {
    if (offset >= size) return;
    select(at, offset);
    if ((offset & 2) == 0)
        ports_.write<Register<u16, 4>>(value);
    else
        ports_.write<Register<u16, 6>>(value);
}

} // namespace pith::os::devices
