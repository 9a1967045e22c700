#pragma once

#include "base/types.h"

#include <string_view>

namespace pith::kernel {

/// A 16550 UART, for output only: 115200 baud, 8 data bits, no parity, one stop bit, no interrupts.
class SerialPort {
  public:
    static constexpr u16 com1 = 0x3f8, com2 = 0x2f8;

    /// Sets the port up; one that is not there swallows everything.
    explicit SerialPort(u16 port);

    /// "\n" becomes "\r\n". Waits for the transmitter, but not for ever.
    void write(std::string_view text);
    [[nodiscard]] bool present() const { return present_; }

  private:
    void put(char c);
    [[nodiscard]] bool wait_for_room();

    u16 port_;
    bool present_ = false;
    bool stalled_ = false; ///< it took nothing for long: not waited for again until it does
    u32 room_ = 0;         ///< characters that the FIFO takes before it has to be asked again
};

} // namespace pith::kernel
