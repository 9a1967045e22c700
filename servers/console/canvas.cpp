#include "servers/console/canvas.h"

#include <cstring>

namespace pith::os::console {

Result<Canvas> Canvas::create(std::span<std::byte> pixels, const abi::ScreenEntry& geometry,
                              const PsfFont& font) {
    constexpr u64 longest_side = 16384;
    if (font.width() != glyph_width || font.height() > PsfFont::max_side) return fail(Error::unsupported);
    if (geometry.width < 2 * glyph_width || geometry.width > longest_side) return fail(Error::unsupported);
    if (geometry.height < font.height() || geometry.height > longest_side) return fail(Error::unsupported);
    if (geometry.line_bytes / 4 < geometry.width || geometry.line_bytes > 8 * longest_side)
        return fail(Error::unsupported);
    if (geometry.size() > pixels.size()) return fail(Error::end_of_data);
    return Canvas{pixels, geometry, font};
}

Canvas::Canvas(std::span<std::byte> pixels, const abi::ScreenEntry& geometry, const PsfFont& font)
    : pixels_{pixels},
      geometry_{geometry},
      font_{font},
      columns_{static_cast<u32>(geometry.width) / glyph_width},
      rows_{static_cast<u32>(geometry.height) / font.height()},
      shown_(std::size_t{columns_} * rows_),
      glyph_numbers_(remembered_glyphs, unknown) {
    std::memset(pixels_.data(), 0, geometry_.size());
}

Bytes Canvas::glyph(char32_t character) {
    const auto find = [&] {
        return static_cast<u16>(font_.find(character).value_or(font_.find(U'?').value_or(0)));
    };
    if (character >= remembered_glyphs) return font_.glyph(find());
    u16& number = glyph_numbers_[character];
    if (number == unknown) number = find();
    return font_.glyph(number);
}

u32 Canvas::pixel(u32 colour) const {
    const u32 red = colour >> 16 & 255, green = colour >> 8 & 255, blue = colour & 255;
    switch (geometry_.format) {
    case abi::PixelFormat::argb: return red << 16 | green << 8 | blue;
    case abi::PixelFormat::rgba: return red << 24 | green << 16 | blue << 8;
    case abi::PixelFormat::abgr: return blue << 16 | green << 8 | red;
    case abi::PixelFormat::bgra: return blue << 24 | green << 16 | red << 8;
    }
    return colour;
}

void Canvas::show(u32 row, u32 column, const Cell& cell) {
    Cell& shown = shown_[std::size_t{row} * columns_ + column];
    if (shown == cell) return;
    shown = cell;
    draw(pixels_.data() + u64{row} * font_.height() * geometry_.line_bytes + u64{column} * glyph_width * 4,
         cell);
}

void Canvas::draw(std::byte* place, const Cell& cell) {
    const u64 on = pixel(cell.foreground), off = pixel(cell.background);
    // Two pixels at once: the left one lies in the low half.
    const std::array<u64, 4> pairs{off << 32 | off, on << 32 | off, off << 32 | on, on << 32 | on};
    const Bytes lines = glyph(cell.character);
    for (std::size_t line = 0; line < lines.size(); ++line) {
        const u32 bits = cell.underlined && line + 2 == lines.size() ? 0xff : static_cast<u8>(lines[line]);
        const std::array<u64, 4> words{pairs[bits >> 6], pairs[bits >> 4 & 3], pairs[bits >> 2 & 3],
                                       pairs[bits & 3]};
        std::memcpy(place, words.data(), sizeof words);
        place += geometry_.line_bytes;
    }
}

} // namespace pith::os::console
