#pragma once

#include "base/text.h"

#include <optional>
#include <string_view>

namespace pith {

/// Stands for bytes that are no character.
inline constexpr char32_t replacement_character = 0xfffd;

/// Bytes of UTF-8 become characters, one byte at a time. For each longest part of a sequence that could have
/// gone on and does not, and for each byte that begins none, there is one U+FFFD (The Unicode Standard, 3.9,
/// "U+FFFD Substitution of Maximal Subparts").
class Utf8Decoder {
  public:
    /// Calls `take` with every character that is known now: none, one, or U+FFFD and one.
    template <class Take>
    void feed(char c, Take take) {
        const auto byte = static_cast<u8>(c);
        if (is_within() && !goes_on_with(c)) {
            left_ = 0;
            take(replacement_character);
        }
        if (left_ == 0 ? begin(byte) : go_on(byte)) take(character_);
    }
    /// Whether a character has begun and is not complete.
    [[nodiscard]] bool is_within() const { return left_ != 0; }
    /// Whether that one can go on with this byte.
    [[nodiscard]] bool goes_on_with(char c) const {
        return static_cast<u8>(c) >= least_ && static_cast<u8>(c) <= most_;
    }

  private:
    /// Whether a character is complete.
    [[nodiscard]] bool begin(u8 byte);
    [[nodiscard]] bool go_on(u8 byte);

    char32_t character_ = 0;
    u32 left_ = 0;                  ///< bytes that it lacks
    u8 least_ = 0x80, most_ = 0xbf; ///< what the next one may be
};

[[nodiscard]] Text<4> utf8_of(char32_t character);

/// How many cells of a terminal it takes: none for marks that combine with what stands before them, two for
/// East Asian wide ones.
[[nodiscard]] u32 width_of(char32_t character);
/// The one character that a letter and a mark (U+0300 to U+036F) are together.
[[nodiscard]] std::optional<char32_t> compose(char32_t base, char32_t mark);

// Texts, with characters as people count them, each with its marks. Bytes that are none count as U+FFFD.

/// How many cells it takes.
[[nodiscard]] u32 width_of(std::string_view text);
/// Where a terminal's cursor is behind a text that begins in the first of so many columns (at least 2).
/// Behind a full row it is at the start of the next one.
struct TextPlace {
    u64 row = 0, column = 0;
    friend bool operator==(const TextPlace&, const TextPlace&) = default;
};
[[nodiscard]] TextPlace place_behind(std::string_view text, u64 columns);
/// Whether its last bytes have begun a character, and lack the rest.
[[nodiscard]] bool ends_within_character(std::string_view text);
/// Where the character begins that ends at `at`, or that `at` is within; 0 at the start.
[[nodiscard]] u64 character_before(std::string_view text, u64 at);
/// Where the character ends that begins at `at`; the text's end there.
[[nodiscard]] u64 character_after(std::string_view text, u64 at);

} // namespace pith
