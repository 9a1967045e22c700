#pragma once

#include "os/io_ports.h"
#include "os/start.h"
#include "servers/console/ring.h"

namespace pith::os::console {

using InputRing = Ring<4096>;
using OutputRing = Ring<8192>;

/// A 16550-compatible serial port (TL16C550C data sheet, section 8). Speed and format stay as the kernel left
/// them; the FIFOs are never reset, so what was typed already is not lost.
class Uart {
  public:
    static constexpr u64 interrupt_bit = 1;

    /// Takes "ports" and "interrupt" of the grants.
    [[nodiscard]] static Result<Uart> open(Start& start, const Notification& notification);

    /// Moves what can be moved between the rings and the device, without waiting.
    void move(InputRing& input, OutputRing& output);
    /// The same after an interrupt, which it acknowledges first.
    [[nodiscard]] Result<> on_interrupt(InputRing& input, OutputRing& output);

  private:
    static constexpr u16 first_port = 0x3f8;
    struct LineStatus {
        u8 data_ready : 1;
        u8 errors : 4;
        u8 transmitter_empty : 1;
        u8 more : 2;
    };
    using Data = Register<u8, 0>;
    using InterruptEnable = Register<u8, 1>;
    using FifoControl = Register<u8, 2>;
    using LineControl = Register<u8, 3>;
    using ModemControl = Register<u8, 4>;
    using Line = Register<LineStatus, 5>;
    static constexpr u8 receive_interrupt = 1;
    static constexpr u8 transmit_interrupt = 2;
    static constexpr u64 fifo_size = 16;

    Uart(IoPorts ports, Interrupt interrupt) : ports_{std::move(ports)}, interrupt_{std::move(interrupt)} {}
    void exchange(InputRing& input, OutputRing& output);
    [[nodiscard]] static u8 wanted_interrupts(const InputRing& input, const OutputRing& output);

    IoPorts ports_;
    Interrupt interrupt_;
    u8 enabled_ = 0;
};

} // namespace pith::os::console
