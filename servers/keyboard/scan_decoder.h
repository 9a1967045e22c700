#pragma once

#include "base/types.h"

#include <optional>

namespace pith::os::keyboard {

/// A key went down (again, while it is held) or up. Keys are numbered as Linux numbers them: up to 88 as in
/// scan code set 1, the others as set 1's prefixed codes in a row of their own (linux/input-event-codes.h).
struct KeyEvent {
    u8 key; ///< 1 to 127
    bool pressed;
    friend bool operator==(const KeyEvent&, const KeyEvent&) = default;
};

/// Which codes arrive: what the keyboard sends by itself, or what the controller has translated it to (IBM
/// PS/2 Hardware Interface Technical Reference, Keyboard, "Scan Code Set 1", "Scan Code Set 2").
enum class ScanSet : u8 { one, two };

/// Bytes from a PS/2 keyboard become events.
class ScanDecoder {
  public:
    explicit ScanDecoder(ScanSet set) : set_{set} {}
    /// Nothing: the code goes on, or means no key. What makes no sense is dropped, and the next code is read
    /// anew.
    [[nodiscard]] std::optional<KeyEvent> feed(u8 byte);

  private:
    enum class Prefix : u8 { none, extended, pause };

    /// A code of set 1 without its highest bit.
    [[nodiscard]] std::optional<KeyEvent> finish(u8 code, bool pressed);

    ScanSet set_;
    Prefix prefix_ = Prefix::none;
    bool released_ = false; ///< set 2: the code that follows is of a key that went up
    u8 pause_left_ = 0;     ///< codes of the Pause key that follow
};

} // namespace pith::os::keyboard
