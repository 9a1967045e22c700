#pragma once

#include "servers/console/emulator.h"
#include "servers/console/keymap.h"

#include <variant>

namespace pith::os::console {

/// What a key does to the terminals.
struct TypedCharacter {
    char32_t character;
    Modifiers modifiers;
    friend bool operator==(const TypedCharacter& a, const TypedCharacter& b) {
        return a.character == b.character;
    }
};
struct TypedKey {
    SpecialKey key;
    Modifiers modifiers;
    u32 number = 0;
};
struct SwitchTerminal {
    u32 number; ///< from 1
};
struct ScrollView {
    int pages; ///< positive: back
};
using KeyAction = std::variant<std::monostate, TypedCharacter, TypedKey, SwitchTerminal, ScrollView>;

/// Which modifiers are held, which locks are on, and what a key then means.
class Keyboard {
  public:
    /// A code of Linux's, and whether it went down or up.
    [[nodiscard]] KeyAction feed(u8 key, bool pressed);
    /// `not_found`: there is no keymap of this name.
    [[nodiscard]] bool choose(std::string_view keymap);
    /// Bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock.
    [[nodiscard]] u8 lights() const { return static_cast<u8>((num_lock_ ? 2 : 0) | (caps_lock_ ? 4 : 0)); }

  private:
    /// Whether the key is one that is held or locks.
    [[nodiscard]] bool modifies(u8 key, bool pressed);
    [[nodiscard]] KeyAction special(u8 key) const;
    [[nodiscard]] KeyAction keypad(u8 key) const;
    [[nodiscard]] KeyAction character(u8 key);
    [[nodiscard]] char32_t accented(u16 base);
    [[nodiscard]] Modifiers modifiers() const {
        return {left_shift_ || right_shift_, left_alt_, left_control_ || right_control_};
    }

    const Keymap* keymap_ = keymaps().data();
    bool left_shift_ = false, right_shift_ = false;
    bool left_control_ = false, right_control_ = false;
    bool left_alt_ = false, alt_graph_ = false;
    bool caps_lock_ = false, num_lock_ = true;
    std::array<bool, 128> down_{}; ///< which modifiers are
    u16 accent_ = 0;               ///< typed before its character
};

} // namespace pith::os::console
