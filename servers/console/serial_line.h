#pragma once

#include "servers/console/terminal.h"
#include "servers/console/uart.h"

namespace pith::os::console {

/// The serial port as a terminal's other side.
class SerialLine final : public Output {
  public:
    SerialLine(Uart uart, protocol::Mode mode) : uart_{std::move(uart)}, mode_{mode} {}

    [[nodiscard]] u64 put(std::string_view text) override;
    /// Moves what was typed to the terminal, and what it writes to the device, as far as both can take it.
    void exchange(Terminal& terminal);
    [[nodiscard]] Result<> on_interrupt() { return uart_.on_interrupt(input_, output_); }

  private:
    Uart uart_;
    protocol::Mode mode_;
    InputRing input_; ///< as it came from the device
    OutputRing output_;
};

} // namespace pith::os::console
