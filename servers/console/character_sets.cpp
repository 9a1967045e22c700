#include "servers/console/character_sets.h"

#include <string_view>
#include <utility>

namespace pith::os::console {
namespace {

/// DEC's Special Graphic, from 0x5f on.
constexpr std::u32string_view line_drawing = U"\u00a0♦▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";
constexpr char32_t first_drawn = 0x5f;

} // namespace

void CharacterSets::choose(char which, char set) {
    const auto number = static_cast<u32>(which - '(');
    if (number >= sets_.size()) return;
    sets_[number] = set == '0' ? Set::line_drawing : set == 'A' ? Set::british : Set::ascii;
}

char32_t CharacterSets::translate(char32_t character) {
    const u32 single = std::exchange(once_, none);
    const Set set = sets_[single == none ? shifted_ : single];
    switch (set) {
    case Set::ascii: return character;
    case Set::british: return character == U'#' ? U'£' : character;
    case Set::line_drawing:
        if (character < first_drawn || character - first_drawn >= line_drawing.size()) return character;
        return line_drawing[character - first_drawn];
    }
    return character;
}

} // namespace pith::os::console
