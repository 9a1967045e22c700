#pragma once

#include "kernel/memory/frame_access.h"
#include "kernel/memory/page_entry.h"

#include <array>

namespace pith::kernel {

inline constexpr unsigned top_level = 4;
inline constexpr u64 entries_per_table = 512;

/// Bytes that one entry of a level stands for.
[[nodiscard]] constexpr u64 span_of(unsigned level) {
    return page_size << (9 * (level - 1));
}

/// A place in a page table: the entries on the way to one address, down to the first that points to no table.
/// Stepping to the next page stays in the same table where it can.
class PageCursor {
  public:
    PageCursor(FrameAccess access, PhysAddr root, VirtAddr address) : access_{access}, root_{root} {
        seek(address);
    }

    void seek(VirtAddr address);
    /// To the first address behind what the current entry stands for.
    void advance();

    /// 1 to 4: the level of the current entry. Above 1 it is absent or a large page.
    [[nodiscard]] unsigned level() const { return level_; }
    [[nodiscard]] VirtAddr address() const { return address_; }
    [[nodiscard]] PageEntry entry() const { return *path_[level_]; }
    /// How far the current entry's span reaches: the address of the next one. 0 behind the last.
    [[nodiscard]] VirtAddr next() const { return {(address_.raw | (span_of(level_) - 1)) + 1}; }

    /// The current entry, absent until now, becomes a page; the table that it lies in counts it.
    void set(PageEntry page);
    /// The current entry, absent until now, points to this empty table; the cursor steps down into it.
    void enter(PhysAddr table, bool user_half);
    /// Another protection for the page.
    void replace(PageEntry page) { *path_[level_] = page; }
    /// The current entry, present until now, becomes absent. Whether its table is empty now.
    [[nodiscard]] bool clear();
    /// To the entry that points to the current table.
    void leave() { ++level_; }

  private:
    FrameAccess access_;
    PhysAddr root_;
    VirtAddr address_{};
    unsigned level_ = top_level;
    std::array<PageEntry*, top_level + 1> path_{}; ///< by level
};

} // namespace pith::kernel
