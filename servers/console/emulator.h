#pragma once

#include "servers/console/canvas.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>

struct VTerm;
struct VTermScreen;

namespace pith::os::console {

/// Keys that are no characters.
enum class SpecialKey : u8 {
    enter,
    tab,
    backspace,
    escape,
    up,
    down,
    left,
    right,
    insert,
    del,
    home,
    end,
    page_up,
    page_down,
    function
};
struct Modifiers {
    bool shift = false, alt = false, control = false;
};

/// A terminal as xterm and Linux's console define it, by libvterm: text goes in, a picture of it can be
/// painted, keys become the bytes that programs expect of them. Keeps lines that were scrolled off the top.
class Emulator {
  public:
    static constexpr std::size_t most_lines_kept = 500;

    Emulator(u32 rows, u32 columns);
    Emulator(const Emulator&) = delete;
    ~Emulator();

    void write(std::string_view text);
    /// What the terminal says to programs: keys, and answers to what they ask it. Empties it.
    [[nodiscard]] std::string take_said();
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
    struct Callbacks;
    struct Free {
        void operator()(VTerm* terminal) const;
    };
    using Line = std::vector<Cell>;

    void paint_kept(Canvas& canvas, u32 row, const Line& line) const;
    void paint_row(Canvas& canvas, u32 row, u32 of_screen) const;
    void keep(Line line);

    u32 rows_, columns_;
    std::unique_ptr<VTerm, Free> terminal_;
    VTermScreen* screen_; ///< a part of it
    std::string said_;
    std::deque<Line> kept_; ///< the oldest first
    std::size_t back_ = 0;  ///< lines that the view is scrolled back
    u32 cursor_row_ = 0, cursor_column_ = 0;
    bool cursor_visible_ = true;
    bool changed_ = true;
};

} // namespace pith::os::console
