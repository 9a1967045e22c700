#pragma once

#include "base/types.h"

#include <array>

namespace pith::os::console {

/// What the characters from 0x20 to 0x7e stand for: four sets are chosen, two of them by shifts (ISO 2022, as
/// far as xterm and Linux's console follow it). All others are themselves.
class CharacterSets {
  public:
    /// ESC ( and on: `(`, `)`, `*` or `+` says which of the four, the second what it becomes.
    void choose(char which, char set);
    /// SO, SI, and the longer ones: from now on.
    void shift(u32 which) { shifted_ = which; }
    /// SS2 and SS3: for the next character.
    void shift_once(u32 which) { once_ = which; }
    [[nodiscard]] char32_t translate(char32_t character);

  private:
    enum class Set : u8 { ascii, british, line_drawing };
    static constexpr u32 none = 4;

    std::array<Set, 4> sets_{};
    u32 shifted_ = 0;
    u32 once_ = none;
};

} // namespace pith::os::console
