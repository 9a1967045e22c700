#include "base/characters.h"

#include "base/character_tables.h"

#include <algorithm>

namespace pith {
namespace {

bool contains(std::span<const CharacterRange> ranges, char32_t character) {
    const auto found = std::ranges::lower_bound(ranges, u32{character}, {}, &CharacterRange::last);
    return found != ranges.end() && found->first <= character;
}

/// Calls `take` with where each character ends, and the character.
template <class Take>
void split(std::string_view text, Take take) {
    Utf8Decoder decoder;
    for (u64 at = 0; at < text.size(); ++at) {
        if (decoder.is_within() && !decoder.goes_on_with(text[at])) take(at, replacement_character);
        char32_t last = 0;
        decoder.feed(text[at], [&](char32_t character) { last = character; });
        if (!decoder.is_within()) take(at + 1, last);
    }
    if (decoder.is_within()) take(text.size(), replacement_character);
}

} // namespace

bool Utf8Decoder::begin(u8 byte) {
    least_ = 0x80;
    most_ = 0xbf;
    character_ = byte;
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) { // what goes on without a beginning, what would be too long, too much
        character_ = replacement_character;
        return true;
    }
    left_ = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    character_ = byte & (0x3fu >> left_);
    if (byte == 0xe0) least_ = 0xa0; // below: two bytes would do
    if (byte == 0xed) most_ = 0x9f;  // above: surrogates
    if (byte == 0xf0) least_ = 0x90;
    if (byte == 0xf4) most_ = 0x8f;
    return false;
}

bool Utf8Decoder::go_on(u8 byte) {
    least_ = 0x80;
    most_ = 0xbf;
    character_ = character_ << 6 | (byte & 0x3fu);
    return --left_ == 0;
}

Text<4> utf8_of(char32_t character) {
    Text<4> text;
    const u32 c = character;
    const auto put = [&](u32 mark, u32 bits) { text.append(static_cast<char>(mark | bits)); };
    const auto go_on = [&](u32 shift) { put(0x80, c >> shift & 0x3f); };
    if (c < 0x80) {
        put(0, c);
        return text;
    }
    if (c < 0x800) {
        put(0xc0, c >> 6);
    } else if (c < 0x10000) {
        put(0xe0, c >> 12);
        go_on(6);
    } else {
        put(0xf0, c >> 18 & 7);
        go_on(12);
        go_on(6);
    }
    go_on(0);
    return text;
}

u32 width_of(char32_t character) {
    constexpr char32_t first_mark = 0x300; // before it, all take one
    if (character < first_mark) return 1;
    if (contains(zero_width_ranges(), character)) return 0;
    return contains(double_width_ranges(), character) ? 2 : 1;
}

std::optional<char32_t> compose(char32_t base, char32_t mark) {
    const auto key = [](const Composition& each) { return u64{each.base} << 32 | each.mark; };
    const u64 wanted = u64{base} << 32 | mark;
    const auto found = std::ranges::lower_bound(compositions(), wanted, {}, key);
    if (found == compositions().end() || key(*found) != wanted) return std::nullopt;
    return found->result;
}

u32 width_of(std::string_view text) {
    u32 width = 0;
    split(text, [&](u64, char32_t character) { width += width_of(character); });
    return width;
}

TextPlace place_behind(std::string_view text, u64 columns) {
    TextPlace place;
    split(text, [&](u64, char32_t character) {
        const u32 width = width_of(character);
        if (place.column + width > columns) place = {place.row + 1, 0};
        place.column += width;
        if (place.column == columns) place = {place.row + 1, 0};
    });
    return place;
}

bool ends_within_character(std::string_view text) {
    Utf8Decoder decoder;
    for (const char c : text)
        decoder.feed(c, [](char32_t) {});
    return decoder.is_within();
}

u64 character_before(std::string_view text, u64 at) {
    u64 found = 0, begin = 0;
    split(text, [&](u64 end, char32_t character) {
        if (width_of(character) != 0 && begin < at) found = begin;
        begin = end;
    });
    return found;
}

u64 character_after(std::string_view text, u64 at) {
    u64 found = text.size(), begin = 0;
    split(text, [&](u64 end, char32_t character) {
        if (width_of(character) != 0 && begin > at) found = std::min(found, begin);
        begin = end;
    });
    return found;
}

} // namespace pith
