#include "servers/console/emulator.h"

#include <algorithm>

namespace pith::os::console {
namespace {

constexpr std::size_t most_said = 4096; ///< that nobody has taken

/// How a cell looks: the same for all that look alike.
Cell shown(Cell cell, bool reversed) {
    if (reversed) std::swap(cell.foreground, cell.background);
    if (cell.character == U' ' && !cell.underlined && !cell.struck) {
        cell.foreground = cell.background;
        cell.slanted = false;
    }
    return cell;
}

} // namespace

void Emulator::write(std::string_view text) {
    parser_.write(text);
    changed_ = true;
    back_ = 0;
    if (screen_.answers().size() > most_said) screen_.answers().resize(most_said);
}

void Emulator::say(std::string_view bytes) {
    scroll_view(-static_cast<int>(back_));
    screen_.answers() += bytes;
}

void Emulator::press(char32_t character, Modifiers modifiers) { say(sequence_of(character, modifiers)); }

void Emulator::press(SpecialKey key, Modifiers modifiers, u32 number) {
    say(sequence_of(key, modifiers, number, screen_.modes().application_cursor));
    if (key == SpecialKey::enter && screen_.modes().line_feed_returns) say("\n");
}

void Emulator::scroll_view(int lines) {
    const auto wanted = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(back_) + lines, 0,
                                                   static_cast<std::ptrdiff_t>(screen_.kept().size()));
    if (static_cast<std::size_t>(wanted) == back_) return;
    back_ = static_cast<std::size_t>(wanted);
    changed_ = true;
}

void Emulator::put_kept(std::span<Cell> row, const Grid::Line& line) const {
    for (u32 column = 0; column < row.size(); ++column)
        row[column] = shown(column < line.size() ? line[column] : Cell{}, screen_.modes().reversed);
}

bool Emulator::is_under_cursor(u32 row, u32 column) const {
    const TextScreen::Cursor& cursor = screen_.cursor();
    if (!screen_.modes().cursor_visible || row != cursor.row) return false;
    const Part part = screen_.grid().at(row, cursor.column).part; // the other half is under it, too
    return column == cursor.column || (part == Part::left && column == cursor.column + 1) ||
           (part == Part::right && column + 1 == cursor.column);
}

void Emulator::put_row(std::span<Cell> row, u32 of_screen) const {
    for (u32 column = 0; column < row.size(); ++column) {
        Cell& cell = row[column];
        cell = shown(screen_.grid().at(of_screen, column), screen_.modes().reversed);
        if (!is_under_cursor(of_screen, column)) continue;
        cell.foreground = default_background;
        cell.background = default_foreground;
    }
}

void Emulator::paint(Canvas& canvas) {
    changed_ = false;
    const auto& kept = screen_.kept();
    std::vector<Cell> cells(screen_.columns());
    for (u32 row = 0; row < screen_.rows(); ++row) {
        if (row < back_)
            put_kept(cells, kept[kept.size() - back_ + row]);
        else
            put_row(cells, row - static_cast<u32>(back_));
        canvas.show(row, cells);
    }
}

} // namespace pith::os::console
