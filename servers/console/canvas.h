#pragma once

#include "abi/records.h"
#include "base/psf.h"

#include <array>
#include <span>
#include <vector>

namespace pith::os::console {

/// What one place of a screen shows. Colours are 0xrrggbb.
struct Cell {
    char32_t character = ' ';
    u32 foreground = 0;
    u32 background = 0;
    bool underlined = false;
    friend bool operator==(const Cell&, const Cell&) = default;
};

/// A framebuffer of 32-bit pixels, drawn in cells of one glyph each. Remembers what it shows, and draws only
/// what differs: a framebuffer is slow to write, and slower to read.
class Canvas {
  public:
    /// The font has to be 8 pixels wide. `unsupported`, `end_of_data`: pixels, geometry and font do not fit.
    [[nodiscard]] static Result<Canvas> create(std::span<std::byte> pixels, const abi::ScreenEntry& geometry,
                                               const PsfFont& font);

    [[nodiscard]] u32 columns() const { return columns_; }
    [[nodiscard]] u32 rows() const { return rows_; }
    /// Within the canvas.
    void show(u32 row, u32 column, const Cell& cell);

  private:
    static constexpr u32 glyph_width = 8;
    static constexpr u32 remembered_glyphs = 0x2800; ///< up to the box-drawing characters
    static constexpr u16 unknown = 0xffff;

    Canvas(std::span<std::byte> pixels, const abi::ScreenEntry& geometry, const PsfFont& font);
    [[nodiscard]] Bytes glyph(char32_t character);
    [[nodiscard]] u32 pixel(u32 colour) const;
    void draw(std::byte* place, const Cell& cell);

    std::span<std::byte> pixels_;
    abi::ScreenEntry geometry_;
    PsfFont font_;
    u32 columns_, rows_;
    std::vector<Cell> shown_;
    std::vector<u16> glyph_numbers_; ///< by character, once they have been looked up
};

} // namespace pith::os::console
