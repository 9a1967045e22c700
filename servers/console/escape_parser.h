#pragma once

#include "base/characters.h"

#include <algorithm>
#include <array>
#include <span>

namespace pith::os::console {

/// The numbers of a control sequence: `1;2` two of them, `4:3` one with a part.
class Parameters {
  public:
    static constexpr u32 most = 16;      ///< further ones are dropped
    static constexpr u32 largest = 9999; ///< what is larger counts as this: no screen has so many rows

    void clear() { *this = Parameters{}; }
    void digit(u32 value);
    void next(bool is_part);
    [[nodiscard]] u32 count() const { return count_; }
    /// 0: there is no such number, or nothing stands in its place.
    [[nodiscard]] u32 operator[](u32 number) const { return number < count_ ? values_[number] : 0; }
    /// As a number of times: at least 1.
    [[nodiscard]] u32 times(u32 number = 0) const { return std::max((*this)[number], 1u); }
    /// Whether it stands behind a colon: it says more of the number before it.
    [[nodiscard]] bool is_part(u32 number) const { return number < count_ && parts_[number]; }

  private:
    std::array<u32, most> values_{};
    std::array<bool, most> parts_{};
    u32 count_ = 1;
    bool full_ = false;
};

/// CSI … : what stands where, by ECMA-48's names. 0: nothing.
struct ControlSequence {
    char marker = 0;       ///< `?`, `>`, `=` or `<`: a private one
    char intermediate = 0; ///< `!`, `$`, a blank, …
    char final = 0;
    Parameters parameters;
};

/// Who gets what a terminal is told.
class EscapeHandler {
  public:
    virtual void print(char32_t character) = 0;
    virtual void control(char32_t character) = 0; ///< C0 or C1
    virtual void escape(char intermediate, char final) = 0;
    virtual void sequence(const ControlSequence& sequence) = 0;

  protected:
    ~EscapeHandler() = default;
};

/// Takes text apart as DEC's terminals do and xterm does: characters, controls, escape sequences (ECMA-48;
/// DEC STD 070). Strings (OSC, DCS, SOS, PM, APC) are left out up to their end. Whatever comes, it holds no
/// more than one sequence.
class EscapeParser {
  public:
    explicit EscapeParser(EscapeHandler& handler) : handler_{handler} {}
    void write(std::string_view text);

  private:
    enum class State : u8 { text, escape, sequence, ignored_sequence, function_key, string, palette };

    void take(char32_t character);
    void within(char32_t character);
    void control(char32_t character);
    void escape(char character);
    void sequence(char character);
    void string(char32_t character);
    void begin_sequence();
    void begin_string(bool is_command);

    EscapeHandler& handler_;
    Utf8Decoder decoder_;
    State state_ = State::text;
    ControlSequence sequence_; ///< so far
    char intermediate_ = 0;    ///< of an escape sequence
    bool is_command_ = false;  ///< the string is an OSC: BEL ends it, too
    u32 string_length_ = 0;    ///< so far, of its first characters
};

} // namespace pith::os::console
