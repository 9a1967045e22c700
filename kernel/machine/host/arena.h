#pragma once

#include "base/types.h"

#include <span>

namespace pith::kernel {

/// Zeroed memory in one piece, from which page-aligned parts are taken, one behind the other. Nothing is
/// given back before the arena ends. An access right before or behind it ends the program.
class Arena {
  public:
    explicit Arena(u64 bytes);
    Arena(const Arena&) = delete;
    ~Arena();

    [[nodiscard]] std::span<std::byte> take(u64 bytes);

  private:
    std::span<std::byte> memory_; // with a page at either end that cannot be touched
    u64 taken_ = 0;
};

} // namespace pith::kernel
