#pragma once

#include "base/types.h"

namespace pith::os::console {

/// Colours are 0xrrggbb.
inline constexpr u32 default_foreground = 0xd8d8d8, default_background = 0x000000;

/// Which part of its character a cell shows: East Asian wide ones take two.
enum class Part : u8 { whole, left, right };

/// What one place of a screen shows.
struct Cell {
    char32_t character = ' ';
    u32 foreground = default_foreground;
    u32 background = default_background;
    Part part = Part::whole;
    bool underlined = false;
    bool struck = false;
    bool slanted = false;
    friend bool operator==(const Cell&, const Cell&) = default;
};

} // namespace pith::os::console
