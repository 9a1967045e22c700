#pragma once

#include "base/psf.h"

#include <array>
#include <span>
#include <string_view>

namespace pith::kernel {

/// Text on a framebuffer of 32-bit pixels. When the last row is full it goes on in the first one: each new
/// row is cleared as it begins, together with the one behind it, so the newest line is always followed by an
/// empty one. Nothing is ever read back or moved, because reading a framebuffer is slow.
class Screen {
  public:
    struct Geometry {
        u32 width, height; ///< pixels
        u32 line_bytes;    ///< from one line to the next; a multiple of 8
    };

    /// `pixels` holds height * line_bytes bytes; the font is 8 pixels wide and at most 32 high.
    [[nodiscard]] static Result<Screen> create(std::span<std::byte> pixels, Geometry geometry,
                                               const PsfFont& font);

    /// Printable ASCII and "\n"; anything else shows as "?".
    void write(std::string_view text);
    [[nodiscard]] u32 columns() const { return geometry_.width / glyph_width; }
    [[nodiscard]] u32 rows() const { return geometry_.height / font_.height(); }

  private:
    static constexpr u32 glyph_width = 8;
    static constexpr u32 foreground = 0xd8d8d8d8; ///< grey in every pixel format

    Screen(std::span<std::byte> pixels, Geometry geometry, const PsfFont& font);
    [[nodiscard]] Bytes glyph(char c);
    void draw(char c);
    void new_line();
    void clear_row(u32 row);

    std::span<std::byte> pixels_;
    Geometry geometry_;
    PsfFont font_;
    static constexpr u16 unknown = 0xffff;
    std::array<u16, 128> glyph_numbers_; ///< of ASCII characters, once they have been looked up
    u32 column_ = 0, row_ = 0;
};

} // namespace pith::kernel
