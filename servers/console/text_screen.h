#pragma once

#include "servers/console/character_sets.h"
#include "servers/console/grid.h"
#include "servers/console/pen.h"

#include <deque>
#include <string>

namespace pith::os::console {

/// What a terminal shows, and how that changes by what it is told, as xterm and, where that differs, Linux's
/// console define it. Keeps lines that were scrolled off the top.
class TextScreen final : public EscapeHandler {
  public:
    static constexpr std::size_t most_lines_kept = 500;
    static constexpr std::size_t most_cells_kept = 32'000; ///< of all these lines, half a mebibyte

    /// What programs can switch on and off.
    struct Modes {
        bool insert = false;             ///< IRM
        bool line_feed_returns = false;  ///< LNM
        bool wraps = true;               ///< DECAWM
        bool cursor_visible = true;      ///< DECTCEM
        bool reversed = false;           ///< DECSCNM
        bool application_cursor = false; ///< DECCKM
        bool bracketed_paste = false;
    };
    struct Cursor {
        u32 row = 0, column = 0;
        bool wrap_is_due = false; ///< the last column was written: the next character goes to the next line
        bool origin = false;      ///< DECOM: rows count from the scroll region's first
        Pen pen;
        CharacterSets sets;
    };

    TextScreen(u32 rows, u32 columns);

    void print(char32_t character) override;
    void control(char32_t character) override;
    void escape(char intermediate, char final) override;
    void sequence(const ControlSequence& sequence) override;

    [[nodiscard]] u32 rows() const { return rows_; }
    [[nodiscard]] u32 columns() const { return columns_; }
    [[nodiscard]] const Grid& grid() const { return alternate_ ? *other_ : main_; }
    [[nodiscard]] const Cursor& cursor() const { return cursor_; }
    [[nodiscard]] const Modes& modes() const { return modes_; }
    /// The oldest first; blanks at their ends are left out.
    [[nodiscard]] const std::deque<Grid::Line>& kept() const { return kept_; }
    /// What it answers. Who calls empties it.
    [[nodiscard]] std::string& answers() { return answers_; }

  private:
    [[nodiscard]] Grid& cells() { return alternate_ ? *other_ : main_; }
    [[nodiscard]] Cell blank() const { return cursor_.pen.blank(); }
    [[nodiscard]] bool in_region() const { return cursor_.row >= top_ && cursor_.row < bottom_; }

    void put(char32_t character, u32 width);
    void combine(char32_t mark);
    /// Ends a line that is full, where lines are to be wrapped.
    void wrap(u32 width);
    void move_to(u32 row, u32 column);
    void move_up(u32 rows);
    void move_down(u32 rows);
    /// Rows as programs count them, from 1, in the scroll region if that is where they begin.
    [[nodiscard]] u32 row_of(u32 number) const;
    void tab(u32 count);
    void tab_back(u32 count);
    void line_feed();
    void reverse_line_feed();
    void scroll_up(u32 count);
    void keep(const Grid::Line& line);
    void save_cursor() { saved_[alternate_ ? 1 : 0] = cursor_; }
    void restore_cursor() { cursor_ = saved_[alternate_ ? 1 : 0]; }
    void fill_with_e();
    void set_default_tabs();
    void reset();
    void soft_reset();

    [[nodiscard]] bool move(char final, const Parameters& parameters);
    [[nodiscard]] bool edit(char final, const Parameters& parameters);
    void other(char final, const Parameters& parameters);
    void erase_in_display(u32 which);
    void erase_in_line(u32 which);
    void insert_lines(u32 count);
    void remove_lines(u32 count);
    void repeat(u32 count);
    void set_region(const Parameters& parameters);
    void set_modes(const ControlSequence& sequence, bool on);
    void set_private_mode(u32 number, bool on);
    void show_alternate(bool on);
    void forget_kept();
    /// Null: it is not known.
    [[nodiscard]] bool* flag_of(char marker, u32 number);
    void report_mode(const ControlSequence& sequence);
    void report_status(u32 what, bool is_private);

    u32 rows_, columns_;
    Grid main_;
    std::optional<Grid> other_; ///< what full-screen programs have for themselves, once one did
    bool alternate_ = false;
    Cursor cursor_;
    std::array<Cursor, 2> saved_;
    Modes modes_;
    u32 top_ = 0, bottom_; ///< rows that scroll
    std::vector<bool> tabs_;
    char32_t printed_ = 0; ///< what can be repeated; 0: nothing
    std::deque<Grid::Line> kept_;
    std::size_t cells_kept_ = 0;
    std::string answers_;
};

} // namespace pith::os::console
