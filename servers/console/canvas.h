#pragma once

#include "abi/records.h"
#include "base/psf.h"
#include "servers/console/cell.h"

#include <array>
#include <span>
#include <vector>

namespace pith::os::console {

/// A framebuffer of 32-bit pixels, drawn in cells of one glyph each. Remembers what it shows, and draws only
/// what differs: a framebuffer is slow to write, and slower to read. Wide characters are drawn twice as wide.
class Canvas {
  public:
    /// The font has to be 8 pixels wide. `unsupported`, `end_of_data`: pixels, geometry and font do not fit.
    [[nodiscard]] static Result<Canvas> create(std::span<std::byte> pixels, const abi::ScreenEntry& geometry,
                                               const PsfFont& font);

    [[nodiscard]] u32 columns() const { return columns_; }
    [[nodiscard]] u32 rows() const { return rows_; }
    /// A row of cells, from the left; all within the canvas.
    void show(u32 row, std::span<const Cell> cells);

  private:
    static constexpr u32 glyph_width = 8;
    static constexpr u32 remembered_glyphs = 0x2800; ///< up to the box-drawing characters
    static constexpr u16 unknown = 0xffff;

    Canvas(std::span<std::byte> pixels, const abi::ScreenEntry& geometry, const PsfFont& font);
    /// A cell whose colours are pixels already.
    struct Drawn {
        Cell cell;
        Bytes glyph;
        std::array<u64, 4> pairs; ///< of pixels, by two of a glyph's bits
    };

    [[nodiscard]] Bytes glyph(char32_t character);
    [[nodiscard]] u32 pixel(u32 colour) const;
    [[nodiscard]] Drawn prepare(const Cell& cell);
    /// Cells that stand side by side, all of a line of pixels before the next: so the processor has whole
    /// cache lines to combine its writes in.
    void draw(u32 row, u32 column, std::span<const Cell> cells);
    /// The points of one line of a glyph, as this cell shows them.
    [[nodiscard]] static u32 points(const Drawn& drawn, std::size_t line);

    std::span<std::byte> pixels_;
    abi::ScreenEntry geometry_;
    PsfFont font_;
    u32 columns_, rows_;
    std::vector<Cell> shown_;
    std::vector<Drawn> drawn_;       ///< right now
    std::vector<u16> glyph_numbers_; ///< by character, once they have been looked up
};

} // namespace pith::os::console
