#include "servers/console/grid.h"

#include <algorithm>

namespace pith::os::console {

void Grid::part(u32 row, u32 column) {
    if (column == 0 || column >= columns_) return;
    Line& line = lines_[row];
    if (line[column].part != Part::right) return;
    for (const u32 half : {column - 1, column}) {
        line[half].character = U' ';
        line[half].part = Part::whole;
    }
}

void Grid::put(u32 row, u32 column, const Cell& cell, u32 width) {
    part(row, column);
    part(row, column + width);
    Line& line = lines_[row];
    line[column] = cell;
    line[column].part = width == 2 ? Part::left : Part::whole;
    if (width != 2) return;
    line[column + 1] = cell;
    line[column + 1].part = Part::right;
}

void Grid::change(u32 row, u32 column, char32_t character) {
    Line& line = lines_[row];
    line[column].character = character;
    if (line[column].part == Part::left) line[column + 1].character = character;
}

void Grid::erase(u32 row, u32 from, u32 to, const Cell& blank) {
    part(row, from);
    part(row, to);
    Line& line = lines_[row];
    std::fill(line.begin() + from, line.begin() + to, blank);
}

void Grid::erase_rows(u32 from, u32 to, const Cell& blank) {
    for (u32 row = from; row < to; ++row)
        std::ranges::fill(lines_[row], blank);
}

void Grid::insert(u32 row, u32 column, u32 count, const Cell& blank) {
    count = std::min(count, columns_ - column);
    part(row, column);
    part(row, columns_ - count);
    Line& line = lines_[row];
    std::move_backward(line.begin() + column, line.end() - count, line.end());
    std::fill_n(line.begin() + column, count, blank);
}

void Grid::remove(u32 row, u32 column, u32 count, const Cell& blank) {
    count = std::min(count, columns_ - column);
    part(row, column);
    part(row, column + count);
    Line& line = lines_[row];
    std::move(line.begin() + column + count, line.end(), line.begin() + column);
    std::fill(line.end() - count, line.end(), blank);
}

void Grid::scroll_up(u32 from, u32 to, u32 count, const Cell& blank) {
    count = std::min(count, to - from);
    std::rotate(lines_.begin() + from, lines_.begin() + from + count, lines_.begin() + to);
    erase_rows(to - count, to, blank);
}

void Grid::scroll_down(u32 from, u32 to, u32 count, const Cell& blank) {
    count = std::min(count, to - from);
    std::rotate(lines_.begin() + from, lines_.begin() + to - count, lines_.begin() + to);
    erase_rows(from, from + count, blank);
}

} // namespace pith::os::console
