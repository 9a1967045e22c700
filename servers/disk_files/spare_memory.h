#pragma once

#include "os/objects.h"

namespace pith::disk_files {

/// Memory that nobody was promised, and somebody may want at any time: then a bit is signalled.
class SpareMemory {
  public:
    SpareMemory(os::Budget budget, os::Notification bell, u64 bit)
        : budget_{std::move(budget)}, bell_{std::move(bell)}, bit_{bit} {}

    /// What pays for it.
    [[nodiscard]] const os::Budget& budget() const { return budget_; }
    /// Whether so much can be had and enough is left for others.
    [[nodiscard]] bool has(PageCount wanted) const {
        const auto info = budget_.info();
        return info && info->limit.raw - info->used.raw >= 2 * for_others.raw + wanted.raw;
    }
    /// From now on the bit is signalled, once, when little is left for others.
    [[nodiscard]] Result<> watch() const { return budget_.observe(bell_, bit_, for_others); }

  private:
    static constexpr PageCount for_others = pages(2560); ///< a program's share, and some

    os::Budget budget_;
    os::Notification bell_;
    u64 bit_;
};

} // namespace pith::disk_files
