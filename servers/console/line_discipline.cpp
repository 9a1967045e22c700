#include "servers/console/line_discipline.h"

#include "base/characters.h"

#include <algorithm>

namespace pith::os::console {
namespace {

constexpr char control(char letter) { return static_cast<char>(letter - '@'); }
constexpr char rub_out = 127;
constexpr char escape = 27;

} // namespace

void LineDiscipline::set_mode(Mode mode, std::string& echo) {
    const bool begins_to_edit = mode == Mode::edited && mode_ == Mode::raw;
    mode_ = mode;
    if (mode_ == Mode::raw) complete_line(); // whoever reads now edits what is there itself
    if (!begins_to_edit) return;
    const std::string typed_ahead{waiting_.end() - static_cast<std::ptrdiff_t>(raw_), waiting_.end()};
    waiting_.resize(waiting_.size() - raw_);
    raw_ = 0;
    for (const char c : typed_ahead)
        edit(c, echo);
}

void LineDiscipline::complete_line() {
    waiting_.insert(waiting_.end(), line_.begin(), line_.end());
    line_.clear();
}

void LineDiscipline::feed(char c, std::string& echo) {
    if (mode_ == Mode::edited) return edit(c, echo);
    waiting_.push_back(c);
    ++raw_;
}

bool LineDiscipline::is_of_sequence(char c) {
    switch (sequence_) {
    case Sequence::none: break;
    case Sequence::begun:
        if (c != '[' && c != 'O') break; // Alt and a letter
        sequence_ = Sequence::goes_on;
        return true;
    case Sequence::goes_on:
        if (c >= ' ' && c < '@') return true; // its parameters
        sequence_ = Sequence::none;
        if (c >= '@' && c <= '~') return true; // its last character
        break;
    }
    sequence_ = c == escape ? Sequence::begun : Sequence::none;
    return c == escape;
}

void LineDiscipline::edit(char c, std::string& echo) {
    if (is_of_sequence(c)) return;
    switch (c) {
    case '\r':
    case '\n':
        line_ += '\n';
        echo += '\n';
        return complete_line();
    case control('D'):
        if (line_.empty()) ends_ = true;
        return complete_line();
    case control('H'):
    case rub_out: return erase_character(echo);
    case control('U'):
        while (!line_.empty())
            erase_character(echo);
        return;
    case control('W'):
        while (line_.ends_with(' '))
            erase_character(echo);
        while (!line_.empty() && !line_.ends_with(' '))
            erase_character(echo);
        return;
    }
    const bool shown = static_cast<u8>(c) >= ' ' || c == '\t';
    if (!shown || line_.size() >= longest_line) return;
    line_ += c;
    echo += c == '\t' ? ' ' : c; // so that it can be taken back by one step
}

void LineDiscipline::erase_character(std::string& echo) {
    while (!line_.empty()) {
        const u64 begin = character_before(line_, line_.size());
        const u32 cells = width_of(std::string_view{line_}.substr(begin));
        line_.resize(begin);
        for (const char c : {'\b', ' ', '\b'})
            echo.append(cells, c);
        // What was begun before it goes, too: else it would go on with what is typed now.
        if (!ends_within_character(line_)) break;
    }
}

void LineDiscipline::interrupt(std::string& echo) {
    if (mode_ == Mode::edited) echo += "^C\n";
    line_.clear();
    waiting_.clear();
    raw_ = 0;
    ends_ = false;
}

bool LineDiscipline::discard_through(char c) {
    const auto last = std::find(waiting_.rbegin(), waiting_.rend(), c);
    if (last == waiting_.rend()) return false;
    waiting_.erase(waiting_.begin(), last.base());
    raw_ = std::min<std::size_t>(raw_, waiting_.size());
    return true;
}

std::string LineDiscipline::take(u64 most) {
    std::string taken;
    while (taken.size() < most && !waiting_.empty()) {
        taken += waiting_.front();
        waiting_.pop_front();
        if (taken.back() == (mode_ == Mode::edited ? '\n' : '\r')) break;
    }
    raw_ = std::min<std::size_t>(raw_, waiting_.size());
    if (taken.empty()) ends_ = false;
    return taken;
}

void LineDiscipline::put_back(std::string_view taken) {
    waiting_.insert(waiting_.begin(), taken.begin(), taken.end());
    if (taken.empty()) ends_ = true;
}

} // namespace pith::os::console
