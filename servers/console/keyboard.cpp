#include "servers/console/keyboard.h"

#include "base/characters.h"

#include <algorithm>

namespace pith::os::console {
namespace {

/// linux/input-event-codes.h
namespace key {
constexpr u8 escape = 1, backspace = 14, tab = 15, enter = 28, left_control = 29, left_shift = 42,
             right_shift = 54;
constexpr u8 left_alt = 56, caps_lock = 58, f1 = 59, f10 = 68, num_lock = 69, scroll_lock = 70, f11 = 87,
             f12 = 88;
constexpr u8 keypad_7 = 71, keypad_decimal = 83, keypad_enter = 96, right_control = 97, keypad_slash = 98;
constexpr u8 right_alt = 100, keypad_asterisk = 55;
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

/// Accents of dead keys, and the marks that they are on a letter.
struct Accent {
    char32_t alone, mark;
};
constexpr std::array accents{Accent{U'`', 0x300}, Accent{U'\u00b4', 0x301}, Accent{U'^', 0x302},
                             Accent{U'~', 0x303}, Accent{U'\u00a8', 0x308}, Accent{U'\u00b8', 0x327}};

std::optional<char32_t> together(char32_t accent, char32_t base) {
    if (base == U' ' || base == accent) return accent;
    const auto found = std::ranges::find(accents, accent, &Accent::alone);
    return found == accents.end() ? std::nullopt : compose(base, found->mark);
}

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
        Modifier{key::right_alt, &Keyboard::right_alt_, false},
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

KeyActions Keyboard::feed(u8 code, bool pressed) {
    if (code >= down_.size() || modifies(code, pressed)) return {};
    if (!pressed) {
        down_[code] = false;
        return {};
    }
    const KeyAction action = other(code);
    if (std::holds_alternative<HoldOutput>(action))
        return std::exchange(down_[code], true) ? KeyActions{} : KeyActions{action};
    if (std::holds_alternative<std::monostate>(action)) return character(meaning(code));
    const bool looks =
        std::holds_alternative<SwitchTerminal>(action) || std::holds_alternative<ScrollView>(action);
    return looks ? KeyActions{action} : accented(action);
}

KeyAction Keyboard::other(u8 code) const {
    if (const u32 function = function_number(code)) {
        if (alt()) return SwitchTerminal{function};
        return TypedKey{SpecialKey::function, modifiers(), function};
    }
    if (code == key::scroll_lock) return HoldOutput{};
    if (code >= key::keypad_7 && code <= key::keypad_decimal) return keypad(code);
    if (code == key::keypad_slash) return TypedCharacter{U'/', modifiers()};
    if (code == key::keypad_asterisk) return TypedCharacter{U'*', modifiers()};
    return special(code);
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

u16 Keyboard::meaning(u8 code) const {
    const bool third = right_alt_ && keymap_->has_third_level;
    const auto at = [&](bool shift) {
        return keymap_->characters[(shift ? 1u : 0u) + (third ? 2u : 0u)][code];
    };
    const bool shift = modifiers().shift;
    const u16 symbol = at(shift);
    return caps_lock_ && (symbol & Keymap::letter) != 0 ? at(!shift) : symbol;
}

KeyActions Keyboard::character(u16 symbol) {
    if (symbol == 0) return {};
    const Modifiers held = modifiers();
    const TypedCharacter typed{static_cast<char32_t>(symbol & Keymap::value),
                               {.shift = false, .alt = held.alt, .control = held.control}};
    const bool waits =
        (symbol & Keymap::dead) != 0 && !held.alt && !held.control && typed.character != accent_;
    if (!waits) return accented(typed);
    const char32_t before = std::exchange(accent_, typed.character);
    return before == 0 ? KeyActions{} : KeyActions{TypedCharacter{before, {}}};
}

KeyActions Keyboard::accented(const KeyAction& typed) {
    const char32_t accent = std::exchange(accent_, U'\0');
    if (accent == 0) return {typed};
    const auto* const key = std::get_if<TypedKey>(&typed);
    if (key && key->key == SpecialKey::backspace) return {}; // takes the accent back
    const auto* const letter = std::get_if<TypedCharacter>(&typed);
    if (letter && !letter->modifiers.alt && !letter->modifiers.control)
        if (const auto both = together(accent, letter->character)) return {TypedCharacter{*both, {}}};
    return {TypedCharacter{accent, {}}, typed};
}

} // namespace pith::os::console
