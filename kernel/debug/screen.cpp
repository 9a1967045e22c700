#include "kernel/debug/screen.h"

#include <cstring>

namespace pith::kernel {
Screen::Screen(std::span<std::byte> pixels, Geometry geometry, const PsfFont& font)
    : pixels_{pixels}, geometry_{geometry}, font_{font} {
    glyph_numbers_.fill(unknown);
    clear_row(0);
    clear_row(1 % rows());
}

Result<Screen> Screen::create(std::span<std::byte> pixels, Geometry geometry, const PsfFont& font) {
    if (font.width() != glyph_width || font.height() > 32) return fail(Error::unsupported);
    if (geometry.width < 2 * glyph_width || geometry.width > 16384) return fail(Error::unsupported);
    if (geometry.height < 2 * font.height() || geometry.height > 16384) return fail(Error::unsupported);
    if (geometry.line_bytes / 4 < geometry.width || geometry.line_bytes % 8 != 0)
        return fail(Error::unsupported);
    if (u64{geometry.height} * geometry.line_bytes > pixels.size()) return fail(Error::end_of_data);
    return Screen{pixels, geometry, font};
}

void Screen::write(std::string_view text) {
    for (const char c : text) {
        if (c == '\n')
            new_line();
        else
            draw(c);
    }
}

Bytes Screen::glyph(char c) {
    const u32 code = c >= ' ' && c <= '~' ? static_cast<u32>(c) : u32{'?'};
    u16& number = glyph_numbers_[code];
    if (number == unknown) number = static_cast<u16>(font_.find(code).value_or(0) & 0x7fff);
    return font_.glyph(number);
}

void Screen::draw(char c) {
    if (column_ == columns()) new_line();
    std::byte* line =
        pixels_.data() + u64{row_} * font_.height() * geometry_.line_bytes + u64{column_} * glyph_width * 4;
    // Two pixels at once: the left one lies in the low half.
    constexpr u64 both = u64{foreground} << 32 | foreground, left = foreground, right = u64{foreground} << 32;
    constexpr std::array<u64, 4> pairs{0, right, left, both};
    for (const std::byte bits : glyph(c)) {
        const u32 row = static_cast<u8>(bits);
        const std::array<u64, 4> words{pairs[row >> 6], pairs[row >> 4 & 3], pairs[row >> 2 & 3],
                                       pairs[row & 3]};
        if (row != 0) std::memcpy(line, words.data(), sizeof(words)); // the row is clear already
        line += geometry_.line_bytes;
    }
    ++column_;
}

void Screen::new_line() {
    column_ = 0;
    row_ = (row_ + 1) % rows();
    clear_row((row_ + 1) % rows());
}

void Screen::clear_row(u32 row) {
    const u64 size = u64{font_.height()} * geometry_.line_bytes;
    std::memset(pixels_.data() + row * size, 0, size);
}

} // namespace pith::kernel
