#pragma once

#include "servers/console/key_sequences.h"
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
struct HoldOutput {}; ///< or let it go on
using KeyAction =
    std::variant<std::monostate, TypedCharacter, TypedKey, SwitchTerminal, ScrollView, HoldOutput>;
/// What a key does, one after the other: an accent that goes with nothing comes before what was typed behind
/// it.
using KeyActions = std::array<KeyAction, 2>;

/// Which modifiers are held, which locks are on, and what a key then means.
class Keyboard {
  public:
    /// A code of Linux's, and whether it went down or up.
    [[nodiscard]] KeyActions feed(u8 key, bool pressed);
    /// `not_found`: there is no keymap of this name.
    [[nodiscard]] bool choose(std::string_view keymap);
    /// Bit 1 Num Lock, 2 Caps Lock. Scroll Lock is each terminal's own.
    [[nodiscard]] u8 lights() const { return static_cast<u8>((num_lock_ ? 2 : 0) | (caps_lock_ ? 4 : 0)); }

  private:
    /// Whether the key is one that is held or locks.
    [[nodiscard]] bool modifies(u8 key, bool pressed);
    [[nodiscard]] KeyAction special(u8 key) const;
    [[nodiscard]] KeyAction keypad(u8 key) const;
    /// All that is no character of the keymap.
    [[nodiscard]] KeyAction other(u8 key) const;
    [[nodiscard]] u16 meaning(u8 key) const;
    [[nodiscard]] KeyActions character(u16 symbol);
    /// What was typed behind an accent.
    [[nodiscard]] KeyActions accented(const KeyAction& typed);
    [[nodiscard]] bool alt() const { return left_alt_ || (right_alt_ && !keymap_->has_third_level); }
    [[nodiscard]] Modifiers modifiers() const {
        return {left_shift_ || right_shift_, alt(), left_control_ || right_control_};
    }

    const Keymap* keymap_ = keymaps().data();
    bool left_shift_ = false, right_shift_ = false;
    bool left_control_ = false, right_control_ = false;
    bool left_alt_ = false, right_alt_ = false;
    bool caps_lock_ = false, num_lock_ = true;
    std::array<bool, 128> down_{}; ///< which modifiers are
    char32_t accent_ = 0;          ///< typed before its character
};

} // namespace pith::os::console
