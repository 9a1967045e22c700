#pragma once

#include "kernel/debug/log.h"
#include "kernel/debug/screen.h"
#include "kernel/machine/x86_64/serial_port.h"

#include <optional>

namespace pith::kernel {

/// The log's way out: both serial ports and the screen. COM1 and the screen only until somebody else drives
/// them.
class Console {
  public:
    Console() : com1_{SerialPort::com1}, com2_{SerialPort::com2} {}

    /// To draw is slow: a hundred instructions and more for each character. So what programs say, which can
    /// be long and often, goes to the ports alone.
    void write(std::string_view text, LogSource source = LogSource::kernel) {
        if (owns_com1_) com1_.write(text);
        com2_.write(text);
        if (screen_ && owns_screen_ && source == LogSource::kernel) screen_->write(text);
    }
    void show_on(Screen screen) { screen_.emplace(screen); }
    void release_com1() { owns_com1_ = false; }
    void release_screen() { owns_screen_ = false; }
    /// In a panic: whoever has COM1 and the screen runs no more.
    void take_back() {
        owns_screen_ = true;
        if (owns_com1_) return;
        com1_ = SerialPort{SerialPort::com1};
        owns_com1_ = true;
    }

  private:
    SerialPort com1_, com2_;
    std::optional<Screen> screen_;
    bool owns_com1_ = true;
    bool owns_screen_ = true;
};

} // namespace pith::kernel
