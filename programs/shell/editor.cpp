#include "programs/shell/editor.h"

#include "base/text.h"

namespace pith::shell {
namespace {

constexpr char control(char letter) { return static_cast<char>(letter - '@'); }
constexpr char escape = 27;
constexpr char del = 127;
/// A terminal that has filled a row stays there until there is more.
constexpr std::string_view next_row = " \r";

/// CSI NUMBER FINAL; 0 times is not at all.
void put_sequence(std::string& out, u64 number, char final) {
    if (number == 0) return;
    Text<32> text;
    text.format("\x1b[{}{}", number, final);
    out += text.view();
}

bool printable(char c) { return static_cast<unsigned char>(c) >= ' ' && c != del; }

} // namespace

void LineEditor::start(std::string_view prompt, std::string& out) {
    prompt_ = prompt;
    text_.clear();
    cursor_ = 0;
    state_ = State::plain;
    history_index_ = history_.size();
    out += prompt_; // where the cursor is: what was printed before it may have no end of line
    row_ = columns_ == 0 ? 0 : place_of(0).row;
}

LineEditor::Event LineEditor::feed(char c, std::string& out) {
    const bool second_of_two = after_return_ && c == '\n';
    after_return_ = false;
    if (second_of_two) return Event::none;
    switch (state_) {
    case State::plain: break;
    case State::escape:
        state_ = c == '[' || c == 'O' ? State::sequence : State::plain;
        parameter_ = 0;
        return Event::none;
    case State::sequence: return sequence(c, out), Event::none;
    }
    if (!printable(c)) return control(c, out);
    insert(c, out);
    return Event::none;
}

LineEditor::Event LineEditor::control(char c, std::string& out) {
    using shell::control;
    switch (c) {
    case '\r': after_return_ = true; [[fallthrough]];
    case '\n': return finish(Event::line, out);
    case control('C'):
        go_to_end(out);
        out += "^C";
        return finish(Event::interrupted, out);
    case control('D'):
        if (text_.empty()) return finish(Event::end_of_input, out);
        erase(cursor_, behind(), out);
        break;
    case control('H'):
    case del: erase(before(), cursor_, out); break;
    case control('A'): move_to(0, out); break;
    case control('E'): move_to(text_.size(), out); break;
    case control('U'): erase(0, cursor_, out); break;
    case control('K'): erase(cursor_, text_.size(), out); break;
    case control('W'): erase(word_start(), cursor_, out); break;
    case '\t': return Event::complete;
    case control('L'):
        out += "\x1b[H\x1b[2J";
        row_ = 0;
        redraw(out);
        break;
    case escape: state_ = State::escape; break;
    }
    return Event::none; // other control characters mean nothing here
}

LineEditor::Event LineEditor::finish(Event event, std::string& out) {
    go_to_end(out);
    out += '\n';
    is_new_ = event == Event::line && !text_.empty() && (history_.empty() || history_.back() != text_);
    if (is_new_) remember(text_);
    return event;
}

void LineEditor::remember(std::string_view line) {
    if (history_.size() == longest_history) history_.erase(history_.begin());
    history_.emplace_back(line);
    history_index_ = history_.size();
}

/// The rest of ESC [ or ESC O: a digit and `~`, or a letter.
void LineEditor::sequence(char c, std::string& out) {
    if (c >= '0' && c <= '9') {
        parameter_ = c;
        return;
    }
    state_ = State::plain;
    const char key = c == '~' ? parameter_ : c;
    switch (key) {
    case 'A': show_history(history_index_ - 1, out); break; // wraps at 0, and is then refused
    case 'B': show_history(history_index_ + 1, out); break;
    case 'C': move_to(behind(), out); break;
    case 'D': move_to(before(), out); break;
    case 'H':
    case '1':
    case '7': move_to(0, out); break;
    case 'F':
    case '4':
    case '8': move_to(text_.size(), out); break;
    case '3': erase(cursor_, behind(), out); break;
    }
}

void LineEditor::insert(char c, std::string& out) {
    if (text_.size() == longest_line) return;
    text_.insert(cursor_, 1, c);
    ++cursor_;
    if (cursor_ != text_.size()) return redraw(out);
    out += c;
    if (columns_ == 0 || ends_within_character(text_)) return;
    const TextPlace place = place_of(cursor_);
    if (place.column == 0 && place.row == row_ && row_ != 0) return redraw(out); // a mark of the row above
    if (place.column == 0 && place.row != row_) out += next_row;
    row_ = place.row;
}

void LineEditor::insert(std::string_view text, std::string& out) {
    for (const char c : text)
        insert(c, out);
}

void LineEditor::show(const std::vector<std::string>& names, std::string& out) {
    go_to_end(out);
    out += '\n';
    for (const std::string& name : names)
        out.append(name).append("  ");
    out += '\n';
    row_ = 0;
    redraw(out);
}

u64 LineEditor::before() const { return character_before(text_, cursor_); }

u64 LineEditor::behind() const { return character_after(text_, cursor_); }

void LineEditor::erase(u64 from, u64 to, std::string& out) {
    if (from >= to) return;
    text_.erase(from, to - from);
    cursor_ = from;
    redraw(out);
}

void LineEditor::move_to(u64 cursor, std::string& out) {
    cursor_ = cursor;
    redraw(out);
}

void LineEditor::show_history(u64 index, std::string& out) {
    if (index > history_.size()) return;
    if (history_index_ == history_.size()) typed_ = text_;
    history_index_ = index;
    text_ = index == history_.size() ? typed_ : history_[index];
    cursor_ = text_.size();
    redraw(out);
}

TextPlace LineEditor::place_of(u64 end) const {
    return place_behind(prompt_ + text_.substr(0, end), columns_);
}

void LineEditor::go_to_end(std::string& out) {
    if (columns_ == 0) return;
    const u64 last = place_of(text_.size()).row;
    put_sequence(out, last - row_, 'B');
    row_ = last;
}

void LineEditor::redraw(std::string& out) {
    if (columns_ == 0) return redraw_row(out);
    put_sequence(out, row_, 'A');
    out += "\r\x1b[J"; // before: a wide character that does not fit leaves a place as it is
    out += prompt_;
    out += text_;
    const TextPlace end = place_of(text_.size()), place = place_of(cursor_);
    if (end.column == 0 && end.row != 0) out += next_row;
    put_sequence(out, end.row - place.row, 'A');
    if (place != end) put_sequence(out, place.column + 1, 'G');
    row_ = place.row;
}

void LineEditor::redraw_row(std::string& out) const {
    out += '\r';
    out += prompt_;
    out += text_;
    out += "\x1b[K"; // clears what a longer line left behind
    put_sequence(out, width_of(std::string_view{text_}.substr(cursor_)), 'D');
}

u64 LineEditor::word_start() const {
    u64 at = cursor_;
    while (at > 0 && text_[at - 1] == ' ')
        --at;
    while (at > 0 && text_[at - 1] != ' ')
        --at;
    return at;
}

} // namespace pith::shell
