#include "servers/console/escape_parser.h"

#include <algorithm>

namespace pith::os::console {
namespace {

constexpr char32_t bell = 0x07, cancel = 0x18, substitute = 0x1a, escape_character = 0x1b, del = 0x7f;
/// C1, as one character each.
constexpr char32_t device_control = 0x90, start_of_string = 0x98, sequence_introducer = 0x9b,
                   string_terminator = 0x9c, operating_system_command = 0x9d, privacy_message = 0x9e,
                   application_command = 0x9f;

constexpr bool is_c0(char32_t c) { return c < 0x20; }
constexpr bool is_c1(char32_t c) { return c >= 0x80 && c < 0xa0; }
constexpr bool is_intermediate(char c) { return c >= 0x20 && c <= 0x2f; }
constexpr bool is_final(char c) { return c >= 0x40 && c <= 0x7e; }

} // namespace

void Parameters::digit(u32 value) {
    if (full_) return;
    u32& number = values_[count_ - 1];
    number = std::min(number * 10 + value, largest);
}

void Parameters::next(bool is_part) {
    full_ = full_ || count_ == most;
    if (full_) return;
    parts_[count_++] = is_part;
}

void EscapeParser::write(std::string_view text) {
    for (const char c : text)
        decoder_.feed(c, [&](char32_t character) { take(character); });
}

void EscapeParser::take(char32_t character) {
    switch (character) {
    case cancel:
    case substitute: state_ = State::text; return;
    case escape_character:
        state_ = State::escape;
        intermediate_ = 0;
        return;
    default: within(character);
    }
}

void EscapeParser::within(char32_t character) {
    if (state_ == State::string || state_ == State::palette) return string(character);
    if (is_c0(character) || is_c1(character)) return control(character);
    if (character == del) return;
    if (state_ == State::text) return handler_.print(character);
    if (character > del) { // nothing that a sequence could have
        state_ = State::text;
        return handler_.print(character);
    }
    const auto c = static_cast<char>(character);
    switch (state_) {
    case State::escape: return escape(c);
    case State::sequence: return sequence(c);
    case State::ignored_sequence:
        if (is_final(c)) state_ = State::text;
        return;
    case State::function_key: state_ = State::text; return;
    case State::text:
    case State::string:
    case State::palette: return;
    }
}

void EscapeParser::control(char32_t character) {
    if (is_c1(character)) state_ = State::text; // C0 is done in the midst of a sequence
    switch (character) {
    case sequence_introducer: return begin_sequence();
    case operating_system_command: return begin_string(true);
    case device_control:
    case start_of_string:
    case privacy_message:
    case application_command: return begin_string(false);
    case string_terminator: return;
    default: handler_.control(character);
    }
}

void EscapeParser::escape(char c) {
    if (is_intermediate(c)) {
        intermediate_ = c;
        return;
    }
    state_ = State::text;
    if (intermediate_ == 0 && c >= 0x40 && c < 0x60) return control(static_cast<char32_t>(c) + 0x40); // C1
    handler_.escape(intermediate_, c);
}

void EscapeParser::begin_sequence() {
    sequence_ = ControlSequence{};
    state_ = State::sequence;
}

void EscapeParser::sequence(char c) {
    const bool is_first =
        sequence_.marker == 0 && sequence_.parameters.count() == 1 && sequence_.parameters[0] == 0;
    if (c >= '0' && c <= '9' && sequence_.intermediate == 0)
        return sequence_.parameters.digit(static_cast<u32>(c - '0'));
    if ((c == ';' || c == ':') && sequence_.intermediate == 0) return sequence_.parameters.next(c == ':');
    if (c >= '<' && c <= '?' && is_first) {
        sequence_.marker = c;
        return;
    }
    if (is_intermediate(c)) {
        sequence_.intermediate = c;
        return;
    }
    if (!is_final(c)) { // makes no sense: left out to its end
        state_ = State::ignored_sequence;
        return;
    }
    state_ = State::text;
    if (c == '[' && is_first) { // Linux's function keys, echoed: one more
        state_ = State::function_key;
        return;
    }
    sequence_.final = c;
    handler_.sequence(sequence_);
}

void EscapeParser::begin_string(bool is_command) {
    state_ = State::string;
    is_command_ = is_command;
    string_length_ = 0;
}

/// A string says nothing to us; what matters is where it ends. Linux's two commands for its palette have no
/// end: `R`, and `P` with seven digits.
void EscapeParser::string(char32_t character) {
    constexpr u32 palette_length = 7;
    const bool ends = character == string_terminator || (character == bell && is_command_);
    const bool is_first = string_length_ == 0 && is_command_ && state_ == State::string;
    if (state_ == State::palette && ++string_length_ == palette_length) state_ = State::text;
    if (ends || (is_first && character == U'R')) {
        state_ = State::text;
    } else if (is_first && character == U'P') {
        state_ = State::palette;
    } else if (state_ == State::string) {
        string_length_ = 1;
    }
}

} // namespace pith::os::console
