#include "servers/console/pen.h"

#include <utility>

namespace pith::os::console {
namespace {

constexpr u32 bright = 8; ///< of a named colour's number

/// Red, green, blue: each at the place of its bit.
constexpr std::array<u32, 16> named{0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x2f5fe0, 0xcd00cd,
                                    0x00cdcd, 0xd8d8d8, 0x7f7f7f, 0xff4040, 0x40ff40, 0xffff40,
                                    0x6f9fff, 0xff40ff, 0x40ffff, 0xffffff};

constexpr u32 half(u32 colour) { return colour >> 1 & 0x7f7f7f; }

} // namespace

u32 palette_colour(u32 number) {
    constexpr u32 cube_start = 16, grey_start = 232;
    if (number < cube_start) return named[number];
    if (number >= grey_start) return (8 + 10 * (std::min(number, 255u) - grey_start)) * 0x010101;
    const auto step = [](u32 level) { return level == 0 ? 0 : 55 + 40 * level; };
    const u32 place = number - cube_start;
    return step(place / 36) << 16 | step(place / 6 % 6) << 8 | step(place % 6);
}

void Pen::select(const Parameters& parameters) {
    for (u32 at = 0; at < parameters.count(); ++at)
        if (!parameters.is_part(at)) select(parameters[at], parameters, at);
}

void Pen::select(u32 code, const Parameters& parameters, u32& at) {
    using Kind = Colour::Kind;
    if (code >= 30 && code <= 37) foreground_ = {Kind::named, code - 30};
    if (code >= 40 && code <= 47) background_ = {Kind::named, code - 40};
    if (code >= 90 && code <= 97) foreground_ = {Kind::named, code - 90 + bright};
    if (code >= 100 && code <= 107) background_ = {Kind::named, code - 100 + bright};
    switch (code) {
    case 0: *this = Pen{}; break;
    case 1: bold_ = true; break;
    case 2: dim_ = true; break;
    case 3: slanted_ = true; break;
    case 4: underlined_ = !parameters.is_part(at + 1) || parameters[at + 1] != 0; break;
    case 7: reversed_ = true; break;
    case 8: hidden_ = true; break;
    case 9: struck_ = true; break;
    case 21: underlined_ = true; break; // doubly, for which a glyph has no room
    case 22: bold_ = dim_ = false; break;
    case 23: slanted_ = false; break;
    case 24: underlined_ = false; break;
    case 27: reversed_ = false; break;
    case 28: hidden_ = false; break;
    case 29: struck_ = false; break;
    case 38: foreground_ = extended(parameters, at).value_or(foreground_); break;
    case 39: foreground_ = {}; break;
    case 48: background_ = extended(parameters, at).value_or(background_); break;
    case 49: background_ = {}; break;
    }
}

std::optional<Pen::Colour> Pen::extended(const Parameters& parameters, u32& at) {
    constexpr u32 direct = 2, indexed = 5;
    const u32 kind = parameters[at + 1];
    const bool has_parts = parameters.is_part(at + 1);
    u32 first = at + 2; // of the numbers
    if (kind == indexed) {
        at += 2;
        if (at >= parameters.count() || parameters[first] > 255) return std::nullopt;
        return Colour{Colour::Kind::named, parameters[first]};
    }
    if (kind != direct) return std::nullopt;
    // With colons there may be a number of a colour space before the three.
    if (has_parts && parameters.is_part(first + 3)) ++first;
    at = first + 2;
    u32 value = 0;
    for (u32 place = first; place < first + 3; ++place) {
        if (parameters[place] > 255) return std::nullopt;
        value = value << 8 | parameters[place];
    }
    return Colour{Colour::Kind::direct, value};
}

u32 Pen::foreground() const {
    u32 colour = default_foreground;
    switch (foreground_.kind) {
    case Colour::Kind::standard: colour = bold_ ? named[7 + bright] : default_foreground; break;
    case Colour::Kind::named:
        colour = palette_colour(foreground_.value + (bold_ && foreground_.value < bright ? bright : 0));
        break;
    case Colour::Kind::direct: colour = foreground_.value; break;
    }
    return dim_ ? half(colour) : colour;
}

u32 Pen::background() const {
    switch (background_.kind) {
    case Colour::Kind::standard: return default_background;
    case Colour::Kind::named: return palette_colour(background_.value);
    case Colour::Kind::direct: return background_.value;
    }
    return default_background;
}

Cell Pen::cell(char32_t character) const {
    Cell cell{.character = character,
              .foreground = foreground(),
              .background = background(),
              .underlined = underlined_,
              .struck = struck_,
              .slanted = slanted_};
    if (reversed_) std::swap(cell.foreground, cell.background);
    if (hidden_) cell.foreground = cell.background;
    return cell;
}

Cell Pen::blank() const {
    return {.character = U' ', .foreground = default_foreground, .background = background()};
}

} // namespace pith::os::console
