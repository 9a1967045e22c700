// Text that a terminal is told, in pieces: whatever comes, the cursor stays on the screen, no half of a wide
// character stands alone, and what is kept and answered stays within its limits. And text as it is typed.
#include "servers/console/line_discipline.h"
#include "servers/console/text_screen.h"

#include <cstdlib>

using namespace pith;
using namespace pith::os::console;

namespace {

constexpr u32 rows = 5, columns = 11;

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const Grid& grid) {
    for (u32 row = 0; row < rows; ++row) {
        const Grid::Line& line = grid.line(row);
        require(line.size() == columns);
        for (u32 column = 0; column < columns; ++column) {
            const Part before = column == 0 ? Part::whole : line[column - 1].part;
            require((line[column].part == Part::right) == (before == Part::left));
            require(line[column].part != Part::left || column + 1 < columns);
            require(width_of(line[column].character) == (line[column].part == Part::whole ? 1 : 2));
        }
    }
}

void check(const TextScreen& screen) {
    const TextScreen::Cursor& cursor = screen.cursor();
    require(cursor.row < rows && cursor.column < columns);
    require(!cursor.wrap_is_due || cursor.column == columns - 1);
    require(screen.kept().size() <= TextScreen::most_lines_kept);
    check(screen.grid());
}

void show(std::string_view text) {
    TextScreen screen{rows, columns};
    EscapeParser parser{screen};
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, 1 + static_cast<u8>(text.front()) % 24);
        text.remove_prefix(piece.size());
        parser.write(piece);
        check(screen);
        screen.answers().clear();
    }
}

/// A line that is typed, and taken back: nothing of it stays, and the cursor is where it was.
void type(std::string_view text) {
    constexpr char controls_of_two_bytes = '\xc2'; // C1, which a terminal obeys
    TextScreen screen{2, LineDiscipline::longest_line + 1};
    EscapeParser parser{screen};
    LineDiscipline discipline;
    std::string echo;
    discipline.set_mode(LineDiscipline::Mode::edited, echo);
    for (const char c : text)
        if (static_cast<u8>(c) > ' ' && c != controls_of_two_bytes) discipline.feed(c, echo);
    discipline.feed('U' - '@', echo);
    parser.write(echo);
    require(screen.cursor().row == 0 && screen.cursor().column == 0);
    for (const Cell& cell : screen.grid().line(0))
        require(cell.character == U' ' && cell.part == Part::whole);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    show(text);
    type(text);
    return 0;
}
