#pragma once

#include "base/types.h"

#include <array>
#include <span>

namespace pith {

struct CharacterRange {
    u32 first, last;
};
/// In order. Made from Unicode's database by tools/characters.py.
[[nodiscard]] std::span<const CharacterRange> zero_width_ranges();
[[nodiscard]] std::span<const CharacterRange> double_width_ranges();

/// A letter with a mark, and the one character that is the same.
struct Composition {
    u16 base, mark, result;
};
/// In the order of their letters, then of their marks.
[[nodiscard]] std::span<const Composition> compositions();

} // namespace pith
