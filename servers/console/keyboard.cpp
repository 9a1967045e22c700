#include "servers/console/keyboard.h"

#include <algorithm>

namespace pith::os::console {
namespace {

/// linux/input-event-codes.h
namespace key {
constexpr u8 escape = 1, backspace = 14, tab = 15, enter = 28, left_control = 29, left_shift = 42,
             right_shift = 54;
constexpr u8 left_alt = 56, caps_lock = 58, f1 = 59, f10 = 68, num_lock = 69, f11 = 87, f12 = 88;
constexpr u8 keypad_7 = 71, keypad_decimal = 83, keypad_enter = 96, right_control = 97, keypad_slash = 98;
constexpr u8 alt_graph = 100, keypad_asterisk = 55;
} // namespace key

struct Special {
    u8 code;
    SpecialKey key;
};
constexpr std::array specials{
    Special{key::escape, SpecialKey::escape},
    Special{key::backspace, SpecialKey::backspace},
    Special{key::tab, SpecialKey::tab},
    Special{key::enter, SpecialKey::enter},
    Special{key::keypad_enter, SpecialKey::enter},
    Special{102, SpecialKey::home},
    Special{103, SpecialKey::up},
    Special{104, SpecialKey::page_up},
    Special{105, SpecialKey::left},
    Special{106, SpecialKey::right},
    Special{107, SpecialKey::end},
    Special{108, SpecialKey::down},
    Special{109, SpecialKey::page_down},
    Special{110, SpecialKey::insert},
    Special{111, SpecialKey::del},
};

/// The keypad's keys from 7 on, in the order of their codes: what they are with Num Lock, and without.
struct Keypad {
    char character;
    u8 otherwise; ///< the key of the same meaning; 0: none
};
constexpr std::array<Keypad, 13> keypad_keys{{{'7', 102},
                                              {'8', 103},
                                              {'9', 104},
                                              {'-', 0},
                                              {'4', 105},
                                              {'5', 0},
                                              {'6', 106},
                                              {'+', 0},
                                              {'1', 107},
                                              {'2', 108},
                                              {'3', 109},
                                              {'0', 110},
                                              {'.', 111}}};

u32 function_number(u8 code) {
    if (code >= key::f1 && code <= key::f10) return u32{code} - key::f1 + 1;
    if (code == key::f11 || code == key::f12) return u32{code} - key::f11 + 11;
    return 0;
}

} // namespace

bool Keyboard::choose(std::string_view name) {
    const auto all = keymaps();
    const auto found = std::ranges::find(all, name, &Keymap::name);
    if (found == all.end()) return false;
    keymap_ = &*found;
    accent_ = 0;
    return true;
}

bool Keyboard::modifies(u8 code, bool pressed) {
    struct Modifier {
        u8 code;
        bool Keyboard::* flag;
        bool locks;
    };
    static constexpr std::array all{
        Modifier{key::left_shift, &Keyboard::left_shift_, false},
        Modifier{key::right_shift, &Keyboard::right_shift_, false},
        Modifier{key::left_control, &Keyboard::left_control_, false},
        Modifier{key::right_control, &Keyboard::right_control_, false},
        Modifier{key::left_alt, &Keyboard::left_alt_, false},
        Modifier{key::alt_graph, &Keyboard::alt_graph_, false},
        Modifier{key::caps_lock, &Keyboard::caps_lock_, true},
        Modifier{key::num_lock, &Keyboard::num_lock_, true},
    };
    const auto found = std::ranges::find(all, code, &Modifier::code);
    if (found == all.end()) return false;
    bool& flag = this->*found->flag;
    // A lock that is held down repeats as other keys do.
    const bool was_down = std::exchange(down_[code], pressed);
    flag = found->locks ? flag != (pressed && !was_down) : pressed;
    return true;
}

KeyAction Keyboard::feed(u8 code, bool pressed) {
    if (modifies(code, pressed) || !pressed || code >= 128) return {};
    if (const u32 function = function_number(code)) {
        if (left_alt_) return SwitchTerminal{function};
        return TypedKey{SpecialKey::function, modifiers(), function};
    }
    if (code >= key::keypad_7 && code <= key::keypad_decimal) return keypad(code);
    if (code == key::keypad_slash) return TypedCharacter{U'/', modifiers()};
    if (code == key::keypad_asterisk) return TypedCharacter{U'*', modifiers()};
    KeyAction action = special(code);
    return std::holds_alternative<std::monostate>(action) ? character(code) : action;
}

KeyAction Keyboard::special(u8 code) const {
    const auto found = std::ranges::find(specials, code, &Special::code);
    if (found == specials.end()) return {};
    const bool shift = modifiers().shift;
    if (shift && found->key == SpecialKey::page_up) return ScrollView{1};
    if (shift && found->key == SpecialKey::page_down) return ScrollView{-1};
    return TypedKey{found->key, modifiers()};
}

KeyAction Keyboard::keypad(u8 code) const {
    const Keypad& which = keypad_keys[code - key::keypad_7];
    if (num_lock_ || which.otherwise == 0) return TypedCharacter{static_cast<char32_t>(which.character), {}};
    return special(which.otherwise);
}

char32_t Keyboard::accented(u16 base) {
    const u16 accent = std::exchange(accent_, u16{0});
    for (const Keymap::Accent& known : keymap_->accents)
        if (known.accent == accent && known.base == base) return known.result;
    return base; // the accent alone, or what goes with no accent
}

KeyAction Keyboard::character(u8 code) {
    const Modifiers held = modifiers();
    const auto meaning = [&](bool shift) {
        return keymap_->characters[(shift ? 1u : 0u) + (alt_graph_ ? 2u : 0u)][code];
    };
    u16 symbol = meaning(held.shift);
    if (caps_lock_ && (symbol & Keymap::letter) != 0) symbol = meaning(!held.shift);
    if (symbol == 0) return {};
    const auto value = static_cast<u16>(symbol & Keymap::value);
    if ((symbol & Keymap::dead) != 0 && accent_ == 0) {
        accent_ = value;
        return {};
    }
    const char32_t typed = accented(value);
    return TypedCharacter{typed, {.shift = false, .alt = held.alt, .control = held.control}};
}

} // namespace pith::os::console
