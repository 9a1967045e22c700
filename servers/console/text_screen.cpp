#include "servers/console/text_screen.h"

#include <algorithm>

namespace pith::os::console {
namespace {

constexpr u32 tab_distance = 8;
constexpr std::string_view who_it_is = "\x1b[?62;22c"; // VT220's functions, with colours

} // namespace

TextScreen::TextScreen(u32 rows, u32 columns)
    : rows_{rows}, columns_{columns}, main_{rows, columns}, bottom_{rows} {
    set_default_tabs();
}

void TextScreen::print(char32_t character) {
    const char32_t shown = cursor_.sets.translate(character);
    const u32 width = std::min(width_of(shown), columns_);
    if (width == 0) return combine(shown);
    put(shown, width);
    printed_ = shown;
}

void TextScreen::put(char32_t character, u32 width) {
    wrap(width);
    const u32 row = cursor_.row;
    const u32 column = std::min(cursor_.column, columns_ - width);
    if (modes_.insert) cells().insert(row, column, width, blank());
    cells().put(row, column, cursor_.pen.cell(character), width);
    cursor_.column = std::min(column + width, columns_ - 1);
    cursor_.wrap_is_due = column + width == columns_;
}

void TextScreen::wrap(u32 width) {
    const bool is_full = cursor_.wrap_is_due || cursor_.column + width > columns_;
    if (!is_full || !modes_.wraps) return;
    cursor_.column = 0;
    line_feed();
}

/// A mark changes what stands before the cursor, if there is one character that is both; fonts for terminals
/// have no marks of their own.
void TextScreen::combine(char32_t mark) {
    if (cursor_.column == 0 && !cursor_.wrap_is_due) return;
    u32 column = cursor_.wrap_is_due ? cursor_.column : cursor_.column - 1;
    if (grid().at(cursor_.row, column).part == Part::right) --column;
    const auto both = compose(grid().at(cursor_.row, column).character, mark);
    if (both) cells().change(cursor_.row, column, *both);
}

void TextScreen::control(char32_t character) {
    switch (character) {
    case '\b': move_to(cursor_.row, cursor_.column == 0 ? 0 : cursor_.column - 1); break;
    case '\t': tab(1); break;
    case '\n':
    case '\v':
    case '\f':
        line_feed();
        if (modes_.line_feed_returns) cursor_.column = 0;
        break;
    case '\r': move_to(cursor_.row, 0); break;
    case 0x0e: cursor_.sets.shift(1); break;
    case 0x0f: cursor_.sets.shift(0); break;
    case 0x84: line_feed(); break; // IND
    case 0x85:                     // NEL
        cursor_.column = 0;
        line_feed();
        break;
    case 0x88: tabs_[cursor_.column] = true; break; // HTS
    case 0x8d: reverse_line_feed(); break;          // RI
    case 0x8e: cursor_.sets.shift_once(2); break;   // SS2
    case 0x8f: cursor_.sets.shift_once(3); break;   // SS3
    case 0x9a: answers_ += who_it_is; break;        // DECID
    }
}

void TextScreen::escape(char intermediate, char final) {
    if (intermediate == '#' && final == '8') return fill_with_e(); // DECALN
    if (intermediate >= '(' && intermediate <= '+') return cursor_.sets.choose(intermediate, final);
    if (intermediate != 0) return;
    switch (final) {
    case '7': save_cursor(); break;
    case '8': restore_cursor(); break;
    case 'c': reset(); break;               // RIS
    case 'n': cursor_.sets.shift(2); break; // LS2
    case 'o': cursor_.sets.shift(3); break; // LS3
    }
}

void TextScreen::move_to(u32 row, u32 column) {
    cursor_.row = std::min(row, rows_ - 1);
    cursor_.column = std::min(column, columns_ - 1);
    cursor_.wrap_is_due = false;
}

/// Not across the edge of the scroll region.
void TextScreen::move_up(u32 rows) {
    const u32 end = cursor_.row >= top_ ? top_ : 0;
    move_to(cursor_.row - std::min(rows, cursor_.row - end), cursor_.column);
}

void TextScreen::move_down(u32 rows) {
    const u32 last = cursor_.row < bottom_ ? bottom_ - 1 : rows_ - 1;
    move_to(std::min(cursor_.row + rows, last), cursor_.column);
}

u32 TextScreen::row_of(u32 number) const {
    const u32 row = std::max(number, 1u) - 1;
    return cursor_.origin ? std::min(top_ + row, bottom_ - 1) : row;
}

void TextScreen::tab(u32 count) {
    u32 column = cursor_.column;
    for (u32 done = 0; done < count && column < columns_ - 1; ++done)
        do
            ++column;
        while (column < columns_ - 1 && !tabs_[column]);
    if (column != cursor_.column) move_to(cursor_.row, column);
}

void TextScreen::tab_back(u32 count) {
    u32 column = cursor_.column;
    for (u32 done = 0; done < count && column > 0; ++done)
        do
            --column;
        while (column > 0 && !tabs_[column]);
    move_to(cursor_.row, column);
}

void TextScreen::line_feed() {
    cursor_.wrap_is_due = false;
    if (cursor_.row == bottom_ - 1)
        scroll_up(1);
    else if (cursor_.row < rows_ - 1)
        ++cursor_.row;
}

void TextScreen::reverse_line_feed() {
    cursor_.wrap_is_due = false;
    if (cursor_.row == top_)
        cells().scroll_down(top_, bottom_, 1, blank());
    else if (cursor_.row > 0)
        --cursor_.row;
}

void TextScreen::scroll_up(u32 count) {
    if (top_ == 0 && !alternate_)
        for (u32 row = 0; row < std::min(count, bottom_); ++row)
            keep(grid().line(row));
    cells().scroll_up(top_, bottom_, count, blank());
}

void TextScreen::keep(const Grid::Line& line) {
    const auto last = std::find_if(line.rbegin(), line.rend(), [](const Cell& cell) {
        return cell.character != U' ' || cell.underlined || cell.struck ||
               cell.background != default_background;
    });
    kept_.emplace_back(line.begin(), last.base());
    cells_kept_ += kept_.back().size();
    while (kept_.size() > most_lines_kept || cells_kept_ > most_cells_kept) {
        cells_kept_ -= kept_.front().size();
        kept_.pop_front();
    }
}

void TextScreen::forget_kept() {
    kept_.clear();
    cells_kept_ = 0;
}

void TextScreen::show_alternate(bool on) {
    if (on && !other_) other_.emplace(rows_, columns_);
    alternate_ = on;
}

void TextScreen::fill_with_e() {
    top_ = 0;
    bottom_ = rows_;
    cells().erase_rows(0, rows_, Pen{}.cell(U'E'));
    move_to(0, 0);
}

void TextScreen::set_default_tabs() {
    tabs_.assign(columns_, false);
    for (u32 column = tab_distance; column < columns_; column += tab_distance)
        tabs_[column] = true;
}

/// Everything as at the start; lines that were scrolled away stay.
void TextScreen::reset() {
    soft_reset();
    modes_ = Modes{};
    cursor_ = Cursor{};
    main_.erase_rows(0, rows_, blank());
    other_.reset();
    saved_ = {};
    alternate_ = false;
    printed_ = 0;
    set_default_tabs();
}

void TextScreen::soft_reset() {
    modes_.insert = modes_.application_cursor = false;
    modes_.wraps = modes_.cursor_visible = true;
    top_ = 0;
    bottom_ = rows_;
    cursor_.origin = false;
    cursor_.pen = Pen{};
    cursor_.sets = CharacterSets{};
    saved_[alternate_ ? 1 : 0] = Cursor{};
}

} // namespace pith::os::console
