#pragma once

#include "servers/console/cell.h"
#include "servers/console/escape_parser.h"

#include <optional>

namespace pith::os::console {

/// Colour 0 to 255 as xterm numbers them: 16 of names, a cube of 216, 24 greys.
[[nodiscard]] u32 palette_colour(u32 number);

/// How characters are written from now on: Select Graphic Rendition, as xterm and Linux's console know it.
class Pen {
  public:
    /// CSI … m
    void select(const Parameters& parameters);
    /// A character in these colours.
    [[nodiscard]] Cell cell(char32_t character) const;
    /// What erased places look like: blank, on the background that is chosen.
    [[nodiscard]] Cell blank() const;

  private:
    /// What `foreground` or `background` chooses.
    struct Colour {
        enum class Kind : u8 { standard, named, direct };
        Kind kind = Kind::standard;
        u32 value = 0; ///< number, or 0xrrggbb
    };

    void select(u32 code, const Parameters& parameters, u32& at);
    /// 38 and 48: the colour that the numbers behind `at` tell, which moves to the last of these.
    [[nodiscard]] static std::optional<Colour> extended(const Parameters& parameters, u32& at);
    [[nodiscard]] u32 foreground() const;
    [[nodiscard]] u32 background() const;

    Colour foreground_, background_;
    bool bold_ = false, dim_ = false, slanted_ = false, underlined_ = false;
    bool reversed_ = false, hidden_ = false, struck_ = false;
};

} // namespace pith::os::console
