#pragma once

#include "base/bytes.h"

#include <optional>

namespace pith {

/// A console font in PC Screen Font format, version 1 or 2. Borrows the file.
class PsfFont {
  public:
    static constexpr u32 max_side = 64; ///< pixels; no console font is larger

    /// `unsupported` for other files, `bad_format` and `end_of_data` for fonts that contradict themselves.
    [[nodiscard]] static Result<PsfFont> parse(Bytes file);

    [[nodiscard]] u32 width() const { return width_; }
    [[nodiscard]] u32 height() const { return height_; }
    [[nodiscard]] u32 glyph_count() const { return count_; }
    [[nodiscard]] u32 bytes_per_line() const { return (width_ + 7) / 8; }
    [[nodiscard]] u32 bytes_per_glyph() const { return bytes_per_line() * height_; }

    /// Lines from the top, each padded to whole bytes, the leftmost pixel in the highest bit. A number that
    /// the font does not have gives glyph 0.
    [[nodiscard]] Bytes glyph(u32 number) const;
    /// Which glyph shows a Unicode character: by the font's table, or, if it has none, the glyph of that
    /// number. Searches the table: for characters that come often, ask once.
    [[nodiscard]] std::optional<u32> find(char32_t character) const;

    /// Whether a pixel of a glyph is set; false outside.
    [[nodiscard]] static bool pixel(Bytes glyph, u32 width, u32 x, u32 y);

  private:
    enum class Table : u8 { none, utf16, utf8 };

    PsfFont() = default;
    static Result<PsfFont> parse_1(Bytes file);
    static Result<PsfFont> parse_2(Bytes file);
    static Result<PsfFont> with_glyphs(PsfFont font, Bytes file, u64 offset, u64 stride);
    [[nodiscard]] std::optional<u32> find_utf16(char32_t character) const;
    [[nodiscard]] std::optional<u32> find_utf8(char32_t character) const;

    Bytes glyphs_;
    Bytes table_;
    u32 width_ = 0;
    u32 height_ = 0;
    u32 count_ = 0;
    Table kind_ = Table::none;
};

} // namespace pith
