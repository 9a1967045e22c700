#pragma once

#include "servers/console/cell.h"

#include <vector>

namespace pith::os::console {

/// The cells of a terminal. Rows and columns are within it, and ranges end before their last number. Of a
/// wide character no half stays alone: where one is overwritten or moved away, the other becomes blank.
class Grid {
  public:
    using Line = std::vector<Cell>;

    Grid(u32 rows, u32 columns) : lines_(rows, Line(columns)), columns_{columns} {}

    [[nodiscard]] const Line& line(u32 row) const { return lines_[row]; }
    [[nodiscard]] const Cell& at(u32 row, u32 column) const { return lines_[row][column]; }
    /// `width` 2: the left half there, the right half behind it, which is within the grid, too.
    void put(u32 row, u32 column, const Cell& cell, u32 width);
    /// Another character in a cell, and its other half if it has one.
    void change(u32 row, u32 column, char32_t character);
    void erase(u32 row, u32 from, u32 to, const Cell& blank);
    void erase_rows(u32 from, u32 to, const Cell& blank);
    /// Moves what stands from a column on to the right, and what leaves is gone.
    void insert(u32 row, u32 column, u32 count, const Cell& blank);
    /// The other way round.
    void remove(u32 row, u32 column, u32 count, const Cell& blank);
    /// Moves the rows up, and what leaves at the top is gone.
    void scroll_up(u32 from, u32 to, u32 count, const Cell& blank);
    void scroll_down(u32 from, u32 to, u32 count, const Cell& blank);

  private:
    /// Before something else comes to begin or to end at this column: a character that reaches across goes.
    void part(u32 row, u32 column);

    std::vector<Line> lines_;
    u32 columns_;
};

} // namespace pith::os::console
