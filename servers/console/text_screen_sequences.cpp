// What CSI … means.
#include "base/text.h"
#include "servers/console/text_screen.h"

#include <algorithm>

namespace pith::os::console {

void TextScreen::sequence(const ControlSequence& s) {
    const Parameters& parameters = s.parameters;
    if (s.intermediate == '!' && s.marker == 0 && s.final == 'p') return soft_reset(); // DECSTR
    if (s.intermediate == '$' && s.final == 'p') return report_mode(s);                // DECRQM
    if (s.intermediate != 0) return;
    if (s.final == 'h' || s.final == 'l') return set_modes(s, s.final == 'h');
    if (s.marker == '?') {
        switch (s.final) {
        case 'J': return erase_in_display(parameters[0]); // nothing is protected from it here
        case 'K': return erase_in_line(parameters[0]);
        case 'n': return report_status(parameters[0], true);
        default: return;
        }
    }
    if (s.marker == '>' && s.final == 'c' && parameters[0] == 0) answers_ += "\x1b[>1;0;0c"; // a VT220
    if (s.marker != 0) return;
    if (!move(s.final, parameters) && !edit(s.final, parameters)) other(s.final, parameters);
}

bool TextScreen::move(char final, const Parameters& parameters) {
    const u32 times = parameters.times();
    switch (final) {
    case 'A':
    case 'k': move_up(times); break;
    case 'B':
    case 'e': move_down(times); break;
    case 'C':
    case 'a': move_to(cursor_.row, cursor_.column + times); break;
    case 'D':
    case 'j': move_to(cursor_.row, cursor_.column - std::min(times, cursor_.column)); break;
    case 'E':
        move_down(times);
        cursor_.column = 0;
        break;
    case 'F':
        move_up(times);
        cursor_.column = 0;
        break;
    case 'G':
    case '`': move_to(cursor_.row, times - 1); break;
    case 'H':
    case 'f': move_to(row_of(parameters[0]), parameters.times(1) - 1); break;
    case 'I': tab(times); break;
    case 'Z': tab_back(times); break;
    case 'd': move_to(row_of(parameters[0]), cursor_.column); break;
    case 's': save_cursor(); break;
    case 'u': restore_cursor(); break;
    default: return false;
    }
    return true;
}

bool TextScreen::edit(char final, const Parameters& parameters) {
    const u32 times = parameters.times();
    const u32 row = cursor_.row, column = cursor_.column;
    switch (final) {
    case 'J': erase_in_display(parameters[0]); break;
    case 'K': erase_in_line(parameters[0]); break;
    case 'L': insert_lines(times); break;
    case 'M': remove_lines(times); break;
    case '@': cells().insert(row, column, times, blank()); break;
    case 'P': cells().remove(row, column, times, blank()); break;
    case 'X': cells().erase(row, column, std::min(column + times, columns_), blank()); break;
    case 'S': scroll_up(times); return true;
    case 'T':
        if (parameters.count() == 1) cells().scroll_down(top_, bottom_, times, blank()); // else of the mouse
        return true;
    case 'b': repeat(times); return true;
    default: return false;
    }
    cursor_.wrap_is_due = false;
    return true;
}

void TextScreen::other(char final, const Parameters& parameters) {
    constexpr u32 all_tabs = 3, size_in_cells = 18;
    switch (final) {
    case 'c':
        if (parameters[0] == 0) control(0x9a);
        break;
    case 'g':
        if (parameters[0] == 0) tabs_[cursor_.column] = false;
        if (parameters[0] == all_tabs) tabs_.assign(columns_, false);
        break;
    case 'm': cursor_.pen.select(parameters); break;
    case 'n': report_status(parameters[0], false); break;
    case 'r': set_region(parameters); break;
    case 't':
        if (parameters[0] == size_in_cells) {
            Text<32> size;
            size.format("\x1b[8;{};{}t", rows_, columns_);
            answers_ += size.view();
        }
        break;
    }
}

void TextScreen::erase_in_display(u32 which) {
    if (which > 3) return;
    if (which == 3) return forget_kept();
    if (which != 1) cells().erase_rows(which == 0 ? cursor_.row + 1 : 0, rows_, blank());
    if (which == 1) cells().erase_rows(0, cursor_.row, blank());
    erase_in_line(which);
}

void TextScreen::erase_in_line(u32 which) {
    if (which > 2) return;
    const u32 from = which == 0 ? cursor_.column : 0, to = which == 1 ? cursor_.column + 1 : columns_;
    cells().erase(cursor_.row, from, to, blank());
    cursor_.wrap_is_due = false;
}

void TextScreen::insert_lines(u32 count) {
    if (!in_region()) return;
    cells().scroll_down(cursor_.row, bottom_, count, blank());
    cursor_.column = 0;
}

void TextScreen::remove_lines(u32 count) {
    if (!in_region()) return;
    cells().scroll_up(cursor_.row, bottom_, count, blank());
    cursor_.column = 0;
}

/// No more often than there are cells: after that the screen does not change any more.
void TextScreen::repeat(u32 count) {
    if (printed_ == 0) return;
    for (u32 done = 0; done < std::min(count, rows_ * columns_); ++done)
        put(printed_, std::min(width_of(printed_), columns_));
}

void TextScreen::set_region(const Parameters& parameters) {
    const u32 top = parameters.times() - 1;
    const u32 bottom = parameters[1] == 0 ? rows_ : std::min(parameters[1], rows_);
    if (top + 1 >= bottom) return; // at least two rows
    top_ = top;
    bottom_ = bottom;
    move_to(row_of(1), 0);
}

bool* TextScreen::flag_of(char marker, u32 number) {
    if (marker == 0) return number == 4 ? &modes_.insert : number == 20 ? &modes_.line_feed_returns : nullptr;
    if (marker != '?') return nullptr;
    switch (number) {
    case 1: return &modes_.application_cursor;
    case 5: return &modes_.reversed;
    case 6: return &cursor_.origin;
    case 7: return &modes_.wraps;
    case 25: return &modes_.cursor_visible;
    case 47:
    case 1047:
    case 1049: return &alternate_;
    case 2004: return &modes_.bracketed_paste;
    default: return nullptr;
    }
}

void TextScreen::set_modes(const ControlSequence& s, bool on) {
    for (u32 i = 0; i < s.parameters.count(); ++i) {
        const u32 number = s.parameters[i];
        if (s.marker == '?')
            set_private_mode(number, on);
        else if (bool* const flag = flag_of(s.marker, number))
            *flag = on;
    }
}

void TextScreen::set_private_mode(u32 number, bool on) {
    const bool saves = number == 1048 || number == 1049;
    // The cursor is the one that both screens have: saved before, restored behind.
    if (saves && on) save_cursor();
    if (number == 1047 && !on && alternate_) cells().erase_rows(0, rows_, blank());
    const bool was_alternate = alternate_;
    bool* const flag = flag_of('?', number);
    if (flag == &alternate_)
        show_alternate(on);
    else if (flag)
        *flag = on;
    if (number == 1049 && on && !was_alternate) cells().erase_rows(0, rows_, blank());
    if (saves && !on) restore_cursor();
    if (number == 6) move_to(row_of(1), 0);
    if (number == 7) cursor_.wrap_is_due = false;
}

void TextScreen::report_mode(const ControlSequence& s) {
    constexpr u32 not_known = 0, set = 1, reset = 2;
    const bool* const flag = flag_of(s.marker, s.parameters[0]);
    Text<32> answer;
    answer.format("\x1b[{}{};{}$y", s.marker == '?' ? "?" : "", s.parameters[0],
                  !flag   ? not_known
                  : *flag ? set
                          : reset);
    answers_ += answer.view();
}

void TextScreen::report_status(u32 what, bool is_private) {
    constexpr u32 health = 5, position = 6;
    if (what == health && !is_private) answers_ += "\x1b[0n";
    if (what != position) return;
    Text<32> answer;
    answer.format("\x1b[{}{};{}R", is_private ? "?" : "", cursor_.row + 1 - (cursor_.origin ? top_ : 0),
                  cursor_.column + 1);
    answers_ += answer.view();
}

} // namespace pith::os::console
