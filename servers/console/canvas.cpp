#include "servers/console/canvas.h"

#include "base/characters.h"

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
      shown_(std::size_t{columns_} * rows_, Cell{.foreground = default_background}),
      glyph_numbers_(remembered_glyphs, unknown) {
    std::memset(pixels_.data(), 0, geometry_.size());
}

Bytes Canvas::glyph(char32_t character) {
    const auto find = [&] {
        const auto replacement = [&] {
            return font_.find(replacement_character).or_else([&] { return font_.find(U'?'); });
        };
        return static_cast<u16>(font_.find(character).or_else(replacement).value_or(0));
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

void Canvas::show(u32 row, std::span<const Cell> cells) {
    const std::span known = std::span{shown_}.subspan(std::size_t{row} * columns_, cells.size());
    for (u32 column = 0; column < cells.size();) {
        u32 end = column;
        for (; end < cells.size() && known[end] != cells[end]; ++end)
            known[end] = cells[end];
        if (end != column) draw(row, column, cells.subspan(column, end - column));
        column = end + 1;
    }
}

Canvas::Drawn Canvas::prepare(const Cell& cell) {
    const u64 on = pixel(cell.foreground), off = pixel(cell.background);
    // The left pixel lies in the low half.
    return {cell, glyph(cell.character), {off << 32 | off, on << 32 | off, off << 32 | on, on << 32 | on}};
}

void Canvas::draw(u32 row, u32 column, std::span<const Cell> cells) {
    drawn_.clear();
    for (const Cell& cell : cells)
        drawn_.push_back(prepare(cell));
    std::byte* start =
        pixels_.data() + u64{row} * font_.height() * geometry_.line_bytes + u64{column} * glyph_width * 4;
    for (std::size_t line = 0; line < font_.height(); ++line, start += geometry_.line_bytes) {
        std::byte* place = start;
        for (const Drawn& each : drawn_) {
            const u32 bits = points(each, line);
            const std::array<u64, 4> words{each.pairs[bits >> 6], each.pairs[bits >> 4 & 3],
                                           each.pairs[bits >> 2 & 3], each.pairs[bits & 3]};
            std::memcpy(place, words.data(), sizeof words);
            place += sizeof words;
        }
    }
}

u32 Canvas::points(const Drawn& drawn, std::size_t line) {
    const Cell& cell = drawn.cell;
    const std::size_t height = drawn.glyph.size();
    if (cell.underlined && line + 2 == height) return 0xff;
    if (cell.struck && line == height / 2) return 0xff;
    u32 bits = static_cast<u8>(drawn.glyph[line]);
    if (cell.slanted && line < height / 2) bits >>= 1;
    if (cell.part == Part::whole) return bits;
    const u32 half = cell.part == Part::left ? bits >> 4 : bits & 15;
    u32 stretched = 0;
    for (u32 bit = 0; bit < 4; ++bit)
        stretched |= (half >> bit & 1) * 3 << (2 * bit);
    return stretched;
}

} // namespace pith::os::console
