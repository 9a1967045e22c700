#pragma once

#include "servers/console/text_screen.h"

#include <gtest/gtest.h>

#define CSI "\x1b["

namespace pith::os::console {

inline constexpr u32 rows = 4, columns = 10;

/// A small terminal, once it has been told something.
struct SmallTerminal {
    TextScreen screen{rows, columns};
    EscapeParser parser{screen};

    explicit SmallTerminal(std::string_view text) { parser.write(text); }
    /// The rows, one behind the other with `|` between them, without blanks at their ends.
    std::string text() const {
        std::string all;
        for (u32 row = 0; row < rows; ++row) {
            std::string line;
            for (const Cell& cell : screen.grid().line(row))
                if (cell.part != Part::right) line += utf8_of(cell.character).view();
            line.resize(line.find_last_not_of(' ') + 1);
            all += (row == 0 ? "" : "|") + line;
        }
        all.resize(all.find_last_not_of('|') + 1);
        return all;
    }
    /// Row and column, from 1.
    std::string cursor() const {
        return std::to_string(screen.cursor().row + 1) + ";" + std::to_string(screen.cursor().column + 1);
    }
};

} // namespace pith::os::console
