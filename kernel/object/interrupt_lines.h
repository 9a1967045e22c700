#pragma once

#include "kernel/object/interrupt.h"

#include <array>

namespace pith::kernel {

/// Which Interrupt object stands for which line; one each. Messages are numbered behind the lines.
class InterruptLines {
  public:
    static constexpr u32 lines = 64, messages = 64;
    static constexpr u32 count = lines + messages;

    [[nodiscard]] static constexpr bool is_message(u32 line) { return line >= lines; }
    [[nodiscard]] bool taken(u32 line) const { return lines_[line] != nullptr; }
    /// A message that nobody has; `count` where there is none.
    [[nodiscard]] u32 free_message() const {
        u32 line = lines;
        while (line < count && taken(line))
            ++line;
        return line;
    }
    void claim(u32 line, Interrupt& interrupt) { lines_[line] = &interrupt; }
    void release(u32 line) { lines_[line] = nullptr; }
    /// Null for a line that nobody has.
    [[nodiscard]] Interrupt* find(u32 line) const { return line < count ? lines_[line] : nullptr; }

  private:
    friend class Inspector;
    std::array<Interrupt*, count> lines_{}; // an Interrupt releases its line when it ends
};

} // namespace pith::kernel
