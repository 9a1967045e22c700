#pragma once

#include "kernel/object/interrupt.h"

#include <array>

namespace pith::kernel {

/// Which Interrupt object stands for which line; one each.
class InterruptLines {
  public:
    static constexpr u32 count = 16;

    [[nodiscard]] bool taken(u32 line) const { return lines_[line] != nullptr; }
    void claim(u32 line, Interrupt& interrupt) { lines_[line] = &interrupt; }
    void release(u32 line) { lines_[line] = nullptr; }
    /// Null for a line that nobody has.
    [[nodiscard]] Interrupt* find(u32 line) const { return line < count ? lines_[line] : nullptr; }

  private:
    friend class Inspector;
    std::array<Interrupt*, count> lines_{}; // an Interrupt releases its line when it ends
};

} // namespace pith::kernel
