#pragma once

#include "servers/console/canvas.h"
#include "servers/console/key_sequences.h"
#include "servers/console/text_screen.h"

namespace pith::os::console {

/// A terminal: text goes in, a picture of it can be painted, keys become the bytes that programs expect of
/// them. What was scrolled off the top can be looked at.
class Emulator {
  public:
    Emulator(u32 rows, u32 columns) : screen_{rows, columns} {}
    Emulator(const Emulator&) = delete; // parser_ borrows screen_

    void write(std::string_view text);
    /// What the terminal says to programs: keys, and answers to what they ask it. Empties it.
    [[nodiscard]] std::string take_said() { return std::exchange(screen_.answers(), {}); }
    void press(char32_t character, Modifiers modifiers);
    /// `number`: of a function key, from 1.
    void press(SpecialKey key, Modifiers modifiers, u32 number = 0);

    /// Looks so many lines further back (positive) or forward.
    void scroll_view(int lines);
    /// Whether the picture has changed since it was painted.
    [[nodiscard]] bool changed() const { return changed_; }
    /// Something else was painted where its picture was.
    void touch() { changed_ = true; }
    void paint(Canvas& canvas);

  private:
    void say(std::string_view bytes);
    /// What one row of the picture shows: a line that was kept, or one of the screen's.
    void put_kept(std::span<Cell> row, const Grid::Line& line) const;
    void put_row(std::span<Cell> row, u32 of_screen) const;
    [[nodiscard]] bool is_under_cursor(u32 row, u32 column) const;

    TextScreen screen_;
    EscapeParser parser_{screen_};
    std::size_t back_ = 0; ///< lines that the view is scrolled back
    bool changed_ = true;
};

} // namespace pith::os::console
