#include "servers/fat/names.h"

#include <algorithm>

namespace pith::fat {
namespace {

constexpr char32_t replacement = 0xfffd;

// Bytes from 128 on of IBM's code page 437.
constexpr std::u16string_view upper_half =
    u"\u00c7\u00fc\u00e9\u00e2\u00e4\u00e0\u00e5\u00e7\u00ea\u00eb\u00e8\u00ef\u00ee\u00ec\u00c4\u00c5"
    u"\u00c9\u00e6\u00c6\u00f4\u00f6\u00f2\u00fb\u00f9\u00ff\u00d6\u00dc\u00a2\u00a3\u00a5\u20a7\u0192"
    u"\u00e1\u00ed\u00f3\u00fa\u00f1\u00d1\u00aa\u00ba\u00bf\u2310\u00ac\u00bd\u00bc\u00a1\u00ab\u00bb"
    u"\u2591\u2592\u2593\u2502\u2524\u2561\u2562\u2556\u2555\u2563\u2551\u2557\u255d\u255c\u255b\u2510"
    u"\u2514\u2534\u252c\u251c\u2500\u253c\u255e\u255f\u255a\u2554\u2569\u2566\u2560\u2550\u256c\u2567"
    u"\u2568\u2564\u2565\u2559\u2558\u2552\u2553\u256b\u256a\u2518\u250c\u2588\u2584\u258c\u2590\u2580"
    u"\u03b1\u00df\u0393\u03c0\u03a3\u03c3\u00b5\u03c4\u03a6\u0398\u03a9\u03b4\u221e\u03c6\u03b5\u2229"
    u"\u2261\u00b1\u2265\u2264\u2320\u2321\u00f7\u2248\u00b0\u2219\u00b7\u221a\u207f\u00b2\u25a0\u00a0";
static_assert(upper_half.size() == 128);

/// The next character of UTF-8, taken off; nothing where it is none.
Result<char32_t> take_character(std::string_view& text) {
    const auto byte = [&](std::size_t i) { return static_cast<u8>(text[i]); };
    const u8 first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length == 0 || first > 0xf4 || text.size() < length) return fail(Error::bad_argument);
    char32_t character = length == 1 ? first : first & (0x7f >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return fail(Error::bad_argument);
        character = character << 6 | (byte(i) & 0x3f);
    }
    constexpr char32_t least_of_three = 0x800, least_of_four = 0x1'0000, most = 0x10'ffff;
    const bool is_half = character >= 0xd800 && character < 0xe000;
    if ((length == 3 && character < least_of_three) || (length == 4 && character < least_of_four) ||
        character > most || is_half)
        return fail(Error::bad_argument);
    text.remove_prefix(length);
    return character;
}

void append_character(std::string& text, char32_t character) {
    const auto more = [&](int shift) {
        text.push_back(static_cast<char>(0x80 | (character >> shift & 0x3f)));
    };
    if (character < 0x80) {
        text.push_back(static_cast<char>(character));
    } else if (character < 0x800) {
        text.push_back(static_cast<char>(0xc0 | character >> 6));
        more(0);
    } else if (character < 0x1'0000) {
        text.push_back(static_cast<char>(0xe0 | character >> 12));
        more(6);
        more(0);
    } else {
        text.push_back(static_cast<char>(0xf0 | character >> 18));
        more(12);
        more(6);
        more(0);
    }
}

bool is_forbidden(char32_t character) {
    constexpr std::u32string_view special = U"\"*/:<>?\\|";
    return character < ' ' || character == 0x7f || special.contains(character);
}

/// A range in which small letters lie behind the large ones by `distance`, or (1) each behind its own.
struct Letters {
    char16_t first, last; ///< of the small ones
    char16_t distance;
};
constexpr Letters ranges[] = {
    {u'a', u'z', 0x20},  {0x00e0, 0x00f6, 0x20}, {0x00f8, 0x00fe, 0x20}, {0x0101, 0x012f, 1},
    {0x0133, 0x0137, 1}, {0x014b, 0x0177, 1},    {0x01df, 0x01ef, 1},    {0x01f9, 0x021f, 1},
    {0x0223, 0x0233, 1}, {0x03ad, 0x03af, 0x25}, {0x03b1, 0x03c1, 0x20}, {0x03c3, 0x03cb, 0x20},
    {0x03d9, 0x03ef, 1}, {0x0430, 0x044f, 0x20}, {0x0450, 0x045f, 0x50}, {0x0461, 0x0481, 1},
    {0x048b, 0x04bf, 1}, {0x04d1, 0x052f, 1},    {0x0561, 0x0586, 0x30}, {0x1e01, 0x1e95, 1},
    {0x1ea1, 0x1eff, 1}, {0x2170, 0x217f, 0x10}, {0x24d0, 0x24e9, 0x1a}, {0xff41, 0xff5a, 0x20},
};
/// Pairs whose small letters are the even ones.
constexpr Letters even_ranges[] = {{0x013a, 0x0148, 1}, {0x017a, 0x017e, 1}, {0x01ce, 0x01dc, 1}};

} // namespace

Result<std::u16string> to_units(std::string_view name) {
    std::u16string units;
    while (!name.empty()) {
        const char32_t character = TRY(take_character(name));
        if (is_forbidden(character)) return fail(Error::bad_argument);
        if (character < 0x1'0000) {
            units.push_back(static_cast<char16_t>(character));
        } else {
            units.push_back(static_cast<char16_t>(0xd7c0 + (character >> 10)));
            units.push_back(static_cast<char16_t>(0xdc00 | (character & 0x3ff)));
        }
    }
    if (units.empty() || units.back() == u'.' || units.back() == u' ') return fail(Error::bad_argument);
    if (units.size() > most_name_units) return fail(Error::too_large);
    return units;
}

std::string to_text(std::u16string_view name) {
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        char32_t character = name[i];
        const bool is_half = (character & 0xf800) == 0xd800;
        const bool has_other =
            (character & 0xfc00) == 0xd800 && i + 1 < name.size() && (name[i + 1] & 0xfc00) == 0xdc00;
        if (has_other)
            character = 0x1'0000 + ((character & 0x3ff) << 10 | (name[++i] & 0x3ff));
        else if (is_half)
            character = replacement;
        append_character(text, character);
    }
    return text;
}

char16_t fold(char16_t unit) {
    if (unit < u'a') return unit;
    for (const Letters& range : ranges)
        if (unit >= range.first && unit <= range.last)
            return range.distance == 1 && unit % 2 == 0 ? unit : static_cast<char16_t>(unit - range.distance);
    for (const Letters& range : even_ranges)
        if (unit >= range.first && unit <= range.last)
            return unit % 2 != 0 ? unit : static_cast<char16_t>(unit - range.distance);
    switch (unit) {
    case 0x00ff: return 0x0178;
    case 0x03ac: return 0x0386;
    case 0x03cc: return 0x038c;
    case 0x03cd: return 0x038e;
    case 0x03ce: return 0x038f;
    default: return unit;
    }
}

bool is_same_name(std::u16string_view a, std::u16string_view b) {
    return std::ranges::equal(a, b, {}, fold, fold);
}

std::u16string short_name_of(const Entry& entry) {
    std::u16string name;
    const auto append = [&](std::size_t from, std::size_t to, bool is_lower) {
        while (to > from && entry.name[to - 1] == ' ')
            --to;
        for (std::size_t i = from; i < to; ++i) {
            const u8 byte = i == 0 && entry.name[0] == Entry::means_e5 ? Entry::deleted : entry.name[i];
            char16_t unit = byte < 0x80 ? byte : upper_half[byte - 0x80];
            if (is_lower && unit >= u'A' && unit <= u'Z') unit = static_cast<char16_t>(unit + 0x20);
            if (is_forbidden(unit)) unit = u'_'; // a name with a `/` could not be named
            name.push_back(unit);
        }
        return to > from;
    };
    append(0, 8, (entry.flags & Entry::lower_base) != 0);
    const std::size_t base = name.size();
    name.push_back(u'.');
    if (!append(8, 11, (entry.flags & Entry::lower_extension) != 0)) name.resize(base);
    return name;
}

u8 sum_of(const ShortName& name) {
    u8 sum = 0;
    for (const u8 byte : name)
        sum = static_cast<u8>((sum << 7 | sum >> 1) + byte);
    return sum;
}

} // namespace pith::fat
