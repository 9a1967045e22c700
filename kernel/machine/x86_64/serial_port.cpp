#include "kernel/machine/x86_64/serial_port.h"

#include "kernel/machine/x86_64/cpu.h"

namespace pith::kernel {
namespace {

// Registers of the 16550 by their offset.
constexpr u16 data = 0, interrupt_enable = 1, fifo_control = 2, line_control = 3, modem_control = 4,
              line_status = 5, scratch = 7;
constexpr u8 transmitter_empty = 0x20;
constexpr u32 fifo_size = 16;
/// How often to ask. At 115200 baud a full FIFO is empty after 1.4 ms, and asking takes about 1 us on real
/// hardware; an emulated port may be held up by whoever reads it on a busy host.
constexpr u32 patience = 1'000'000;

} // namespace

SerialPort::SerialPort(u16 port) : port_{port} {
    const auto reg = [port](u16 offset) { return static_cast<u16>(port + offset); };
    cpu::out8(reg(scratch), 0x5a);
    present_ = cpu::in8(reg(scratch)) == 0x5a && cpu::in8(reg(line_status)) != 0xff;
    if (!present_) return;
    cpu::out8(reg(interrupt_enable), 0);
    cpu::out8(reg(line_control), 0x80); // the first two registers are the divisor now
    cpu::out8(reg(data), 1);
    cpu::out8(reg(interrupt_enable), 0);
    cpu::out8(reg(line_control), 0x03);  // 8n1
    cpu::out8(reg(fifo_control), 0x07);  // enable, clear both
    cpu::out8(reg(modem_control), 0x03); // DTR, RTS
}

bool SerialPort::wait_for_room() {
    for (u32 left = stalled_ ? 1 : patience; left > 0; --left) {
        stalled_ = (cpu::in8(static_cast<u16>(port_ + line_status)) & transmitter_empty) == 0;
        if (!stalled_) {
            room_ = fifo_size;
            return true;
        }
    }
    return false;
}

void SerialPort::put(char c) {
    if (room_ == 0 && !wait_for_room()) return; // nobody takes it: lose the character rather than the machine
    --room_;
    cpu::out8(port_, static_cast<u8>(c));
}

void SerialPort::write(std::string_view text) {
    if (!present_) return;
    room_ = 0; // somebody else may have written meanwhile
    for (const char c : text) {
        if (c == '\n') put('\r');
        put(c);
    }
}

} // namespace pith::kernel
