#pragma once

#include "servers/keyboard/ports.h"
#include "servers/keyboard/scan_decoder.h"

#include <vector>

namespace pith::os::keyboard {

/// The PS/2 controller and the keyboard behind it (Intel 8042 data sheet; IBM PS/2 Hardware Interface
/// Technical Reference, "Keyboard and Auxiliary Device Controller"). Waits for neither without an end.
class Controller {
  public:
    /// Borrows its registers.
    explicit Controller(Ports& ports) : ports_{ports} {}

    /// `not_found` where nothing answers. `translated`: it shall translate, where it can do both.
    [[nodiscard]] Result<> set_up(bool translated);
    /// What arrives from then on.
    [[nodiscard]] ScanSet set() const { return set_; }
    /// After an interrupt: the bytes that have come.
    [[nodiscard]] const std::vector<u8>& take_bytes();
    /// Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock. What is typed meanwhile comes with the next `take_bytes`.
    /// A keyboard that does not answer has no lights, or no answer that arrives: it works as well.
    void set_lights(u8 lights);

  private:
    [[nodiscard]] Result<> command(u8 byte);
    [[nodiscard]] Result<> write(u8 byte);
    [[nodiscard]] Result<u8> read();
    /// The keyboard's, to what it was sent.
    [[nodiscard]] Result<u8> answer();
    /// To the keyboard, which acknowledges it.
    [[nodiscard]] Result<> send(u8 byte);
    template <class Condition>
    [[nodiscard]] Result<> wait_until(Condition condition);

    Ports& ports_;
    ScanSet set_ = ScanSet::two;
    std::vector<u8> arrived_; ///< not taken yet
    std::vector<u8> taken_;
};

} // namespace pith::os::keyboard
