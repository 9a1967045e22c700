#include "servers/console/key_sequences.h"

#include "base/characters.h"
#include "base/text.h"

#include <array>

namespace pith::os::console {
namespace {

constexpr char escape_byte = 0x1b;

/// What Ctrl makes of a character: as where there were 128 of them, digits among them as on a VT220.
char32_t with_control(char32_t c) {
    constexpr std::array<char, 7> of_digits{0x00, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x7f}; // 2 to 8
    if (c == U' ' || (c >= 0x40 && c < 0x7f)) return c & 0x1f;
    if (c >= U'2' && c <= U'8') return static_cast<char32_t>(of_digits[c - U'2']);
    if (c == U'/') return 0x1f;
    if (c == U'?') return 0x7f;
    return c;
}

/// Modifiers as a number that xterm adds to a sequence; 1: none.
u32 number_of(Modifiers modifiers) {
    return 1u + (modifiers.shift ? 1u : 0u) + (modifiers.alt ? 2u : 0u) + (modifiers.control ? 4u : 0u);
}

/// CSI 1 ; MODIFIERS FINAL, or shorter without modifiers: CSI FINAL, SS3 FINAL.
std::string with_final(char final, Modifiers modifiers, char introducer) {
    Text<16> text;
    if (number_of(modifiers) > 1)
        text.format("\x1b[1;{}{}", number_of(modifiers), final);
    else
        text.format("\x1b{}{}", introducer, final);
    return std::string{text.view()};
}

/// CSI NUMBER ; MODIFIERS ~
std::string with_number(u32 number, Modifiers modifiers) {
    Text<16> text;
    if (number_of(modifiers) > 1)
        text.format("\x1b[{};{}~", number, number_of(modifiers));
    else
        text.format("\x1b[{}~", number);
    return std::string{text.view()};
}

std::string with_alt(std::string_view bytes, Modifiers modifiers) {
    return modifiers.alt ? std::string{escape_byte}.append(bytes) : std::string{bytes};
}

std::string function_key(u32 number, Modifiers modifiers) {
    constexpr u32 first_numbered = 5;
    constexpr std::array<u32, 8> numbers{15, 17, 18, 19, 20, 21, 23, 24};
    if (number >= 1 && number < first_numbered)
        return with_final(static_cast<char>('P' + number - 1), modifiers, 'O');
    if (number - first_numbered >= numbers.size()) return {};
    return with_number(numbers[number - first_numbered], modifiers);
}

} // namespace

std::string sequence_of(char32_t character, Modifiers modifiers) {
    return with_alt(utf8_of(modifiers.control ? with_control(character) : character).view(), modifiers);
}

std::string sequence_of(SpecialKey key, Modifiers modifiers, u32 number, bool application) {
    const char introducer = application ? 'O' : '[';
    switch (key) {
    case SpecialKey::enter: return with_alt("\r", modifiers);
    case SpecialKey::tab: return modifiers.shift ? "\x1b[Z" : with_alt("\t", modifiers);
    case SpecialKey::backspace: return with_alt(modifiers.control ? "\b" : "\x7f", modifiers);
    case SpecialKey::escape: return with_alt("\x1b", modifiers);
    case SpecialKey::up: return with_final('A', modifiers, introducer);
    case SpecialKey::down: return with_final('B', modifiers, introducer);
    case SpecialKey::right: return with_final('C', modifiers, introducer);
    case SpecialKey::left: return with_final('D', modifiers, introducer);
    case SpecialKey::end: return with_final('F', modifiers, introducer);
    case SpecialKey::home: return with_final('H', modifiers, introducer);
    case SpecialKey::insert: return with_number(2, modifiers);
    case SpecialKey::del: return with_number(3, modifiers);
    case SpecialKey::page_up: return with_number(5, modifiers);
    case SpecialKey::page_down: return with_number(6, modifiers);
    case SpecialKey::function: return function_key(number, modifiers);
    }
    return {};
}

} // namespace pith::os::console
