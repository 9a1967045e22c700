#pragma once

#include "os/clock.h"
#include "os/io_ports.h"
#include "os/start.h"
#include "servers/keyboard/scan_decoder.h"

#include <vector>

namespace pith::os::keyboard {

/// The PS/2 controller and the keyboard behind it (Intel 8042 data sheet; IBM PS/2 Hardware Interface
/// Technical Reference, "Keyboard and Auxiliary Device Controller").
class Controller {
  public:
    static constexpr u64 interrupt_bit = 1;

    /// Takes "data", "command" (ports) and "interrupt" of the grants. `not_found` where nothing answers.
    /// `translated`: the controller shall translate, where it can do both.
    [[nodiscard]] static Result<Controller> open(Start& start, const Notification& notification,
                                                 bool translated);

    /// What arrives from now on.
    [[nodiscard]] ScanSet set() const { return set_; }
    /// After an interrupt: the bytes that have come.
    [[nodiscard]] const std::vector<u8>& take_bytes();
    [[nodiscard]] Result<> acknowledge() const { return interrupt_.acknowledge(); }
    /// Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock. What is typed meanwhile comes with the next `take_bytes`.
    void set_lights(u8 lights);

  private:
    struct StatusBits {
        u8 output_full : 1; ///< something to read
        u8 input_full : 1;  ///< it has not taken yet what was written
        u8 more : 3;
        u8 from_mouse : 1;
        u8 errors : 2;
    };
    using Data = Register<u8, 0>;
    using Status = Register<StatusBits, 0>;
    using Command = Register<u8, 0>;

    Controller(IoPorts data, IoPorts command, Interrupt interrupt, Clock clock)
        : data_{std::move(data)},
          command_{std::move(command)},
          interrupt_{std::move(interrupt)},
          clock_{std::move(clock)} {}
    [[nodiscard]] Result<> set_up(bool translated);
    [[nodiscard]] Result<> command(u8 byte);
    [[nodiscard]] Result<> write(u8 byte);
    [[nodiscard]] Result<u8> read();
    /// To the keyboard, which acknowledges it.
    [[nodiscard]] Result<> send(u8 byte);
    template <class Condition>
    [[nodiscard]] Result<> wait_until(Condition condition) const;

    IoPorts data_;
    IoPorts command_;
    Interrupt interrupt_;
    Clock clock_;
    ScanSet set_ = ScanSet::two;
    std::vector<u8> arrived_; ///< not taken yet
    std::vector<u8> taken_;
};

} // namespace pith::os::keyboard
