#include "base/psf.h"

#include <array>

namespace pith {
namespace {

struct Header1 {
    std::array<u8, 2> magic;
    u8 mode;
    u8 glyph_size;
};
static_assert(sizeof(Header1) == 4);
constexpr u8 mode_512_glyphs = 1;
constexpr u8 mode_has_table = 2 | 4; // either bit announces it

struct Header2 {
    u32 magic;
    u32 version;
    u32 header_size;
    u32 flags;
    u32 glyph_count;
    u32 glyph_size;
    u32 height;
    u32 width;
};
static_assert(sizeof(Header2) == 32);
constexpr u32 magic_2 = 0x864a'b572;
constexpr u32 flag_has_table = 1;
constexpr u32 max_glyphs = 65536;

// Behind a glyph's characters may stand sequences of characters, which we do not show; then the end.
constexpr u16 utf16_sequence = 0xfffe;
constexpr u16 utf16_end = 0xffff;
constexpr u8 utf8_sequence = 0xfe;
constexpr u8 utf8_end = 0xff;

u8 byte_at(Bytes bytes, u64 at) { return std::to_integer<u8>(bytes[at]); }

/// One UTF-8 character at `at`, and `at` behind it. A byte that begins none stands for nothing.
std::optional<char32_t> take_utf8(Bytes bytes, u64& at) {
    const u8 first = byte_at(bytes, at++);
    if (first < 0x80) return first;
    const u32 following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc0 || first >= 0xf8) return std::nullopt;
    char32_t character = first & (0x3fu >> following);
    for (u32 i = 0; i < following; ++i) {
        if (at >= bytes.size() || (byte_at(bytes, at) & 0xc0) != 0x80) return std::nullopt;
        character = (character << 6) | (byte_at(bytes, at++) & 0x3fu);
    }
    return character;
}

} // namespace

Result<PsfFont> PsfFont::parse(Bytes file) {
    if (file.size() >= 2 && byte_at(file, 0) == 0x36 && byte_at(file, 1) == 0x04) return parse_1(file);
    const auto magic = TRY(read_at<u32>(file, 0));
    if (magic == magic_2) return parse_2(file);
    return fail(Error::unsupported);
}

Result<PsfFont> PsfFont::parse_1(Bytes file) {
    const auto header = TRY(read_at<Header1>(file, 0));
    PsfFont font;
    font.width_ = 8;
    font.height_ = header.glyph_size;
    font.count_ = (header.mode & mode_512_glyphs) != 0 ? 512 : 256;
    font.kind_ = (header.mode & mode_has_table) != 0 ? Table::utf16 : Table::none;
    return with_glyphs(font, file, sizeof(Header1), header.glyph_size);
}

Result<PsfFont> PsfFont::parse_2(Bytes file) {
    const auto header = TRY(read_at<Header2>(file, 0));
    if (header.version != 0) return fail(Error::unsupported);
    if (header.header_size < sizeof(Header2)) return fail(Error::bad_format);
    PsfFont font;
    font.width_ = header.width;
    font.height_ = header.height;
    font.count_ = header.glyph_count;
    font.kind_ = (header.flags & flag_has_table) != 0 ? Table::utf8 : Table::none;
    return with_glyphs(font, file, header.header_size, header.glyph_size);
}

/// `stride` is the size of a glyph by the header: it must be what the sides give.
Result<PsfFont> PsfFont::with_glyphs(PsfFont font, Bytes file, u64 offset, u64 stride) {
    if (font.width_ == 0 || font.height_ == 0 || font.count_ == 0) return fail(Error::bad_format);
    if (font.width_ > max_side || font.height_ > max_side || font.count_ > max_glyphs)
        return fail(Error::too_large);
    if (stride != font.bytes_per_glyph()) return fail(Error::bad_format);
    font.glyphs_ = TRY(part_of(file, offset, stride * font.count_));
    if (font.kind_ != Table::none) font.table_ = file.subspan(offset + font.glyphs_.size());
    return font;
}

Bytes PsfFont::glyph(u32 number) const {
    const u64 size = bytes_per_glyph();
    return glyphs_.subspan((number < count_ ? number : 0) * size, size);
}

std::optional<u32> PsfFont::find(char32_t character) const {
    switch (kind_) {
    case Table::none:
        if (character < count_) return static_cast<u32>(character);
        return std::nullopt;
    case Table::utf16: return find_utf16(character);
    case Table::utf8: return find_utf8(character);
    }
}

std::optional<u32> PsfFont::find_utf16(char32_t character) const {
    u32 number = 0;
    bool in_sequence = false;
    for (u64 at = 0; at + 1 < table_.size() && number < count_; at += 2) {
        const u32 unit = byte_at(table_, at) | u32{byte_at(table_, at + 1)} << 8;
        if (unit == utf16_end) {
            ++number;
            in_sequence = false;
        } else if (unit == utf16_sequence) {
            in_sequence = true;
        } else if (!in_sequence && unit == character) {
            return number;
        }
    }
    return std::nullopt;
}

std::optional<u32> PsfFont::find_utf8(char32_t character) const {
    u32 number = 0;
    bool in_sequence = false;
    for (u64 at = 0; at < table_.size() && number < count_;) {
        const u8 first = byte_at(table_, at);
        if (first == utf8_end || first == utf8_sequence) {
            number += first == utf8_end ? 1 : 0;
            in_sequence = first == utf8_sequence;
            ++at;
        } else if (take_utf8(table_, at) == character && !in_sequence) {
            return number;
        }
    }
    return std::nullopt;
}

bool PsfFont::pixel(Bytes glyph, u32 width, u32 x, u32 y) {
    const u64 at = u64{y} * ((width + 7) / 8) + x / 8;
    if (x >= width || at >= glyph.size()) return false;
    return (byte_at(glyph, at) & (0x80u >> (x % 8))) != 0;
}

} // namespace pith
