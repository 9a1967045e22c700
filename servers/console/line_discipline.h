#pragma once

#include "base/types.h"
#include "proto/console.h"

#include <deque>
#include <string>
#include <string_view>

namespace pith::os::console {

/// What becomes of the bytes that somebody types at a terminal, until a program reads them: shown, corrected
/// and held back until the line is complete (InputMode::edited), or handed on as they come.
class LineDiscipline {
  public:
    using Mode = proto::console::InputMode;
    static constexpr u64 longest_line = 1024;
    static constexpr u64 most_waiting = 4096; ///< bytes that nobody has read

    /// What was typed and not yet read stays. Of that, what came raw is edited as if it were typed now: it
    /// was meant for the program that is just being started. What shall be shown for it is added to `echo`.
    void set_mode(Mode mode, std::string& echo);
    [[nodiscard]] Mode mode() const { return mode_; }
    /// Whether another byte can be typed; else it has to wait where it is.
    [[nodiscard]] bool has_room() const { return waiting_.size() + line_.size() < most_waiting; }
    /// A byte was typed; not Ctrl-C that interrupts. What the terminal shall show for it is added to `echo`.
    void feed(char c, std::string& echo);
    /// Forgets everything that was typed; shows that.
    void interrupt(std::string& echo);
    /// In raw mode: forgets everything up to the last `c`; whether there was one.
    [[nodiscard]] bool discard_through(char c);

    /// Whether a reader gets something now, if only the end of the input.
    [[nodiscard]] bool readable() const { return !waiting_.empty() || ends_; }
    /// Up to `most` bytes, but none behind Enter: those may be meant for the program that the line starts.
    /// None: the input has ended, which is said once.
    [[nodiscard]] std::string take(u64 most);
    /// Nobody got what was taken last.
    void put_back(std::string_view taken);

  private:
    /// Keys that are no characters, as arrows, come as a sequence that begins with Escape.
    enum class Sequence : u8 { none, begun, goes_on };

    /// Then it means nothing in a line.
    [[nodiscard]] bool is_of_sequence(char c);
    void edit(char c, std::string& echo);
    void erase_character(std::string& echo);
    void complete_line();

    Mode mode_ = Mode::raw;
    Sequence sequence_ = Sequence::none;
    std::string line_;         ///< being typed
    std::deque<char> waiting_; ///< to be read
    std::size_t raw_ = 0;      ///< how many of these, the last ones, came raw
    bool ends_ = false;        ///< Ctrl-D behind what waits
};

} // namespace pith::os::console
