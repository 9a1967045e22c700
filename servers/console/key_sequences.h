#pragma once

#include "base/types.h"

#include <string>

namespace pith::os::console {

/// Keys that are no characters.
enum class SpecialKey : u8 {
    enter,
    tab,
    backspace,
    escape,
    up,
    down,
    left,
    right,
    insert,
    del,
    home,
    end,
    page_up,
    page_down,
    function
};
struct Modifiers {
    bool shift = false, alt = false, control = false;
};

/// What programs get for a key, as xterm sends it.
[[nodiscard]] std::string sequence_of(char32_t character, Modifiers modifiers);
/// `number`: of a function key, from 1. `application`: cursor keys are told from others (DECCKM).
[[nodiscard]] std::string sequence_of(SpecialKey key, Modifiers modifiers, u32 number, bool application);

} // namespace pith::os::console
