#pragma once

#include "kernel/memory/frame_pointer.h"
#include "kernel/memory/page_entry.h"

#include <array>
#include <span>

namespace pith::kernel {

inline constexpr unsigned top_level = 4;
inline constexpr u64 entries_per_table = 512;

/// Bytes that one entry of a level stands for.
[[nodiscard]] constexpr u64 span_of(unsigned level) { return page_size << (9 * (level - 1)); }

/// A place in a page table: the entries on the way to one address, down to the first that points to no table.
/// What lies side by side in one table is seen as one stretch, so that a range costs one walk a table.
class PageCursor {
  public:
    PageCursor(FrameAccess access, PhysAddr root, VirtAddr address) : access_{access}, root_{root} {
        seek(address);
    }

    void seek(VirtAddr address) {
        address_ = address;
        level_ = top_level;
        for (PhysAddr table = root_;; --level_) {
            PageEntry* entry = entry_in(table);
            path_[level_] = entry;
            if (level_ == 1 || (entry->raw & (PageEntry::present | PageEntry::large)) != PageEntry::present)
                return;
            table = entry->address();
        }
    }
    /// To the first address behind what `count` entries from the current one on stand for. They are the last
    /// ones of a table of pages, or one entry of another.
    void skip(u64 count) { seek({next().raw + (count - 1) * span_of(level_)}); }

    /// 1 to 4: the level of the current entry. Above 1 it is absent or a large page.
    [[nodiscard]] unsigned level() const { return level_; }
    [[nodiscard]] VirtAddr address() const { return address_; }
    [[nodiscard]] PageEntry entry() const { return *path_[level_]; }
    /// How far the current entry's span reaches: the address of the next one. 0 behind the last.
    [[nodiscard]] VirtAddr next() const { return {(address_.raw | (span_of(level_) - 1)) + 1}; }
    /// Whether nothing of a range that ends with `last` lies behind the next `count` entries, of which all
    /// but the first lie in the same table.
    [[nodiscard]] bool reaches(VirtAddr last, u64 count = 1) const {
        return next().raw - 1 + (count - 1) * span_of(level_) >= last.raw;
    }
    /// Whether the current table is of the lowest level and all up to `last` lies in it.
    [[nodiscard]] bool is_one_table(VirtAddr last) const {
        return level_ == 1 && (address_.raw ^ last.raw) < span_of(2);
    }

    /// The entries from the current one up to that for `last`, as far as they lie in the same table of pages
    /// of 4 KiB; on higher levels just the current one. Who adds or takes entries tells `count`.
    [[nodiscard]] std::span<PageEntry> stretch(VirtAddr last) const {
        if (level_ > 1) return {path_[level_], 1};
        const u64 wanted = ((last - address_) >> page_shift) + 1;
        const u64 in_table = entries_per_table - index();
        return {path_[1], wanted < in_table ? wanted : in_table};
    }
    /// So many entries of the current table were absent and are present now.
    void count_more(u64 entries) {
        if (level_ < top_level) path_[level_ + 1]->raw += entries << PageEntry::count_shift;
    }
    /// The other way round. Whether the table is empty now and can go; the root never can.
    [[nodiscard]] bool count_fewer(u64 entries) {
        if (level_ == top_level) return false;
        PageEntry& table = *path_[level_ + 1];
        table.raw -= entries << PageEntry::count_shift;
        return table.used() == 0;
    }

    /// The current entry, absent until now, points to this empty table; the cursor steps down into it.
    void enter(PhysAddr table, bool user_half) {
        *path_[level_] = PageEntry::to_table(table, user_half);
        count_more(1);
        --level_;
        path_[level_] = entry_in(table);
    }
    /// The current entry, a large page, becomes this empty table of the same pages.
    void split(PhysAddr table) {
        PageEntry& large = *path_[level_];
        PageEntry page = large;
        if (level_ == 2) page.raw &= ~PageEntry::large;
        const std::span entries{frame_as<PageEntry>(access_, table), entries_per_table};
        for (PageEntry& entry : entries) {
            entry = page;
            page.raw += span_of(level_ - 1);
        }
        const bool user_half = (large.raw & PageEntry::user) != 0;
        large = PageEntry::to_table(table, user_half);
        large.raw += entries_per_table << PageEntry::count_shift;
    }
    /// To the entry that points to the current table.
    void leave() { ++level_; }
    /// The current entry becomes absent. Whether its table can go, too.
    [[nodiscard]] bool clear() {
        *path_[level_] = {};
        return count_fewer(1);
    }

  private:
    [[nodiscard]] u64 index() const {
        return address_.raw >> (page_shift + 9 * (level_ - 1)) & (entries_per_table - 1);
    }
    [[nodiscard]] PageEntry* entry_in(PhysAddr table) const {
        return frame_as<PageEntry>(access_, table) + index();
    }

    FrameAccess access_;
    PhysAddr root_;
    VirtAddr address_{};
    unsigned level_ = top_level;
    std::array<PageEntry*, top_level + 1> path_; ///< by level, from the current one up
};

} // namespace pith::kernel
