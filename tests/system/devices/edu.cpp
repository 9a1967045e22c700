#include "edu.h"

#include "os/time.h"

namespace pith::devices {
namespace {

constexpr u16 address_port = 0xcf8, data_port = 0xcfc;

void out32(u16 port, u32 value) { asm volatile("outl %0, %w1" : : "a"(value), "Nd"(port)); }
u32 in32(u16 port) {
    u32 value;
    asm volatile("inl %w1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

constexpr u8 command = 4, first_base = 0x10, capabilities = 0x34;
constexpr u32 memory_space = 2, bus_master = 4, no_line = 1 << 10;
constexpr u32 message_capability = 5, message_enable = 1 << 16;

} // namespace

Result<PciPorts> PciPorts::open(const os::System& system) {
    os::Handle ports{TRY(os::invoke(abi::IoPortsCreate{system.id(), {}, address_port, 8})).handle};
    TRY(os::invoke(abi::IoPortsEnable{ports.id()}));
    return PciPorts{std::move(ports)};
}

u32 PciPorts::read(u16 device, u8 offset) const {
    out32(address_port, 0x8000'0000 | u32{device} << 8 | (offset & 0xfcu));
    return in32(data_port);
}

void PciPorts::write(u16 device, u8 offset, u32 value) const {
    out32(address_port, 0x8000'0000 | u32{device} << 8 | (offset & 0xfcu));
    out32(data_port, value);
}

Result<u16> PciPorts::find(u32 identity) const {
    for (u16 slot = 0; slot < 32; ++slot)
        if (const u16 device = static_cast<u16>(slot << 3); read(device, 0) == identity) return device;
    return fail(Error::not_found);
}

Result<Edu> Edu::open(const os::System& system) {
    PciPorts pci = TRY(PciPorts::open(system));
    const u16 device = TRY(pci.find(identity));
    pci.write(device, command, pci.read(device, command) | memory_space | bus_master);
    u8 messages = static_cast<u8>(pci.read(device, capabilities));
    while (messages != 0 && (pci.read(device, messages) & 0xff) != message_capability)
        messages = static_cast<u8>(pci.read(device, messages) >> 8);
    if (messages == 0) return fail(Error::unsupported);
    const PhysAddr base{pci.read(device, first_base) & ~u32{15}};
    os::Memory window{TRY(os::invoke(abi::MemoryPhysical{system.id(), {}, base, pages(1)})).handle};
    constexpr abi::Rights both = abi::rights::memory::read | abi::rights::memory::write;
    os::Mapping registers = TRY(os::Mapping::whole(window, both));
    return Edu{std::move(pci), device, messages, std::move(window), std::move(registers)};
}

bool Edu::answers() {
    reg(4) = 0x1234'5678;
    return (reg(0) & 0xff) == 0xed && reg(4) == ~0x1234'5678u;
}

void Edu::use_message(u64 address, u64 data) const {
    pci_.write(device_, static_cast<u8>(messages_ + 4), static_cast<u32>(address));
    pci_.write(device_, static_cast<u8>(messages_ + 8), static_cast<u32>(address >> 32)); // it has 64 bits
    pci_.write(device_, static_cast<u8>(messages_ + 12), static_cast<u32>(data));
    pci_.write(device_, messages_, pci_.read(device_, messages_) | message_enable);
}

void Edu::use_line() const {
    pci_.write(device_, messages_, pci_.read(device_, messages_) & ~message_enable);
    pci_.write(device_, command, pci_.read(device_, command) & ~no_line);
}

Result<> Edu::copy(u64 from, u64 to, u32 command_bits) {
    const auto write = [&](u32 offset, u64 value) {
        reg(offset) = static_cast<u32>(value);
        reg(offset + 4) = static_cast<u32>(value >> 32);
    };
    write(0x80, from);
    write(0x88, to);
    write(0x90, most);
    write(0x98, command_bits);
    const Instant deadline = TRY(os::from_now(milliseconds(5000)));
    for (;;) {
        if ((reg(0x98) & 1) == 0) return {};
        const Instant next = TRY(os::from_now(milliseconds(5)));
        if (next > deadline) return fail(Error::timed_out);
        TRY(os::invoke(abi::Sleep{next}));
    }
}

} // namespace pith::devices
