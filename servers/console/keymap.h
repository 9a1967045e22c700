#pragma once

#include "base/types.h"

#include <array>
#include <span>
#include <string_view>

namespace pith::os::console {

/// What the keys of a keyboard mean, by Linux's key codes. Made from Debian's keymaps by tools/keymaps.py.
struct Keymap {
    static constexpr u16 letter = 0x8000; ///< Caps Lock goes for it
    static constexpr u16 dead = 0x4000;   ///< an accent for the next character; by itself it is `value`
    static constexpr u16 value = 0x3fff;
    std::string_view name;
    /// By shift (1) and AltGr (2). 0: nothing.
    std::array<std::array<u16, 128>, 4> characters;
    bool has_third_level; ///< else the right Alt is one as the left
};

/// All there are; the first is what a system starts with that says nothing else.
[[nodiscard]] std::span<const Keymap> keymaps();

} // namespace pith::os::console
