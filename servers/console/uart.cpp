#include "servers/console/uart.h"

namespace pith::os::console {

Result<Uart> Uart::open(Start& start, const Notification& notification) {
    Uart uart{TRY(start.take<IoPorts>("ports")), TRY(start.take<Interrupt>("interrupt"))};
    TRY(uart.ports_.enable(first_port));
    TRY(uart.interrupt_.bind(notification, interrupt_bit));
    TRY(uart.interrupt_.acknowledge());
    uart.ports_.write<LineControl>(0x03);  // 8 data bits, no parity; the data port is the data port
    uart.ports_.write<FifoControl>(0x81);  // on, interrupt at 8 bytes (fewer come by its time-out); no reset
    uart.ports_.write<ModemControl>(0x0b); // ready, and OUT2, which lets the interrupt through on a PC
    uart.ports_.write<InterruptEnable>(0);
    return uart;
}

u8 Uart::wanted_interrupts(const InputRing& input, const OutputRing& output) {
    // With no room, input waits in the device and, by its flow control, at the other end.
    const u8 receive = input.full() ? 0 : receive_interrupt;
    const u8 transmit = output.empty() ? 0 : transmit_interrupt;
    return static_cast<u8>(receive | transmit);
}

void Uart::exchange(InputRing& input, OutputRing& output) {
    while (!input.full() && ports_.read<Line>().data_ready != 0)
        input.push(static_cast<char>(ports_.read<Data>()));
    while (!output.empty() && ports_.read<Line>().transmitter_empty != 0)
        for (u64 i = 0; i < fifo_size && !output.empty(); ++i)
            ports_.write<Data>(static_cast<u8>(output.pop()));
}

void Uart::move(InputRing& input, OutputRing& output) {
    exchange(input, output);
    const u8 wanted = wanted_interrupts(input, output);
    if (wanted != enabled_) ports_.write<InterruptEnable>(wanted);
    enabled_ = wanted;
}

Result<> Uart::on_interrupt(InputRing& input, OutputRing& output) {
    const Result<> acknowledged = interrupt_.acknowledge();
    exchange(input, output);
    // The line is edge-triggered: lowering it first turns whatever is pending by now into a new edge.
    ports_.write<InterruptEnable>(0);
    enabled_ = wanted_interrupts(input, output);
    ports_.write<InterruptEnable>(enabled_);
    return acknowledged;
}

} // namespace pith::os::console
