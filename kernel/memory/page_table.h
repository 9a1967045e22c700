#pragma once

#include "kernel/memory/page_cursor.h"
#include "kernel/memory/table_frames.h"

#include <optional>

namespace pith::kernel {

/// The pages between the first and the last whose translation changed: what each core that may have used the
/// table has to forget. Adding a page where none was needs no forgetting.
struct FlushSet {
    VirtAddr start{};
    PageCount count{};

    [[nodiscard]] bool empty() const { return count.raw == 0; }
    void add(VirtAddr page, PageCount size); ///< pages come in ascending order
};

/// What unmapping leaves to its caller: flush first, on every core; the tables that became empty go back to
/// the account when this ends.
struct Unmapped {
    FlushSet flush;
    TableFrames retired;
};

struct Translation {
    PhysAddr address; ///< of the very byte that was asked for
    Protection protection;
    Cache cache;
    PageSize size;
};

/// A four-level x86-64 page table as data: no instruction is needed to edit it, so the same code serves the
/// real and the simulated machine. One table maps one half of the address space, user or kernel; whoever
/// makes a user table copies the upper 256 entries of the kernel's root into it (Machine::share_kernel_half).
///
/// Every function checks first, then takes what it needs, then changes: where one fails, nothing has changed.
/// `bad_address`: unaligned, not in this half, what is to be mapped is so already, a part of a large page.
/// `no_memory`: the account has no frames for tables.
class PageTable {
  public:
    enum class Half : u8 { user, kernel };

    /// Takes the root frame. Kernel pages are global and not for the user, user pages the other way round.
    [[nodiscard]] static Result<PageTable> create(Account& account, Half half = Half::user);
    PageTable(PageTable&& other) noexcept;
    PageTable& operator=(PageTable&&) = delete;
    /// Gives back every table of its half, whatever they map. No core uses it any more.
    ~PageTable();

    /// What goes into CR3.
    [[nodiscard]] PhysAddr root() const { return root_; }

    [[nodiscard]] Result<> map(VirtAddr start, PhysAddr frames, PageCount count, Protection protection,
                               Cache cache = Cache::normal);
    /// Frames that lie anywhere: `frame_at(n)`, called once for each n below count in order, gives the n-th
    /// one's PhysAddr.
    template <class FrameAt>
    [[nodiscard]] Result<> map_each(VirtAddr start, PageCount count, Protection protection, Cache cache,
                                    FrameAt frame_at);
    /// A contiguous range by the largest pages that fit, but none above `largest`. Where it fails, a kernel
    /// table may keep an empty third-level table.
    [[nodiscard]] Result<> map_large(VirtAddr start, PhysAddr frames, PageCount count, Protection protection,
                                     Cache cache, PageSize largest);

    /// Takes away whatever is mapped in the range. Third-level tables of the kernel's half stay, because
    /// other roots point to them.
    [[nodiscard]] Result<Unmapped> unmap(VirtAddr start, PageCount count);
    /// The range is mapped whole, or `bad_address`.
    [[nodiscard]] Result<FlushSet> protect(VirtAddr start, PageCount count, Protection protection);
    /// No page of 2 MiB reaches across this address any more: where one did, there is a table of the same
    /// pages now. Nothing changes for who uses them, so nobody needs to forget anything.
    [[nodiscard]] Result<> split_at(VirtAddr address);
    /// The short way for a single page of the user's half: done if the lowest table is there, and the page
    /// absent before (`map_page`), present and not the table's last one (`unmap_page`), or present; otherwise
    /// nothing has changed. Whoever unmaps or protects has to flush.
    [[nodiscard, gnu::always_inline]] bool map_page(VirtAddr page, PhysAddr frame, Protection protection,
                                                    Cache cache) {
        if (!find_leaf(page) || leaf_.entry(page).is_present()) return false;
        leaf_.entry(page) = PageEntry::to_page(frame, 1, protection, cache, true);
        leaf_.table->raw += u64{1} << PageEntry::count_shift;
        return true;
    }
    [[nodiscard, gnu::always_inline]] bool unmap_page(VirtAddr page) {
        if (!find_leaf(page) || !leaf_.entry(page).is_present() || leaf_.table->used() == 1) return false;
        leaf_.entry(page) = {};
        leaf_.table->raw -= u64{1} << PageEntry::count_shift;
        return true;
    }
    [[nodiscard, gnu::always_inline]] bool protect_page(VirtAddr page, Protection protection) {
        if (!find_leaf(page) || !leaf_.entry(page).is_present()) return false;
        leaf_.entry(page) = leaf_.entry(page).with(protection);
        return true;
    }

    /// Another frame for a page; false where it is not mapped.
    [[nodiscard]] bool replace_page(VirtAddr page, PhysAddr frame) {
        if (!find_leaf(page) || !leaf_.entry(page).is_present()) return false;
        PageEntry& entry = leaf_.entry(page);
        entry.raw = (entry.raw & ~(PageEntry::address_mask | PageEntry::dirty)) | frame.raw;
        return true;
    }
    /// Whether the page was written to since this was last asked. If it was, whoever asks has to flush.
    [[nodiscard]] bool take_dirty(VirtAddr page) {
        if (!find_leaf(page) || (leaf_.entry(page).raw & PageEntry::dirty) == 0) return false;
        leaf_.entry(page).raw &= ~PageEntry::dirty;
        return true;
    }

    /// Any address of either half.
    [[nodiscard]] std::optional<Translation> query(VirtAddr address) const;

  private:
    friend class Inspector;
    PageTable(Account& account, PhysAddr root, Half half) : account_{&account}, root_{root}, half_{half} {}

    [[nodiscard]] bool user() const { return half_ == Half::user; }
    [[nodiscard]] PageCursor at(VirtAddr address) const { return {account_->access(), root_, address}; }
    [[nodiscard]] static VirtAddr last_of(VirtAddr start, PageCount count) {
        return {start.raw + (count.bytes() - 1)};
    }
    [[nodiscard]] Result<> check_range(VirtAddr start, PageCount count) const;
    [[nodiscard]] Result<> take_tables(const PageCursor& start, VirtAddr last, unsigned leaf,
                                       TableFrames& tables) const;
    [[nodiscard]] Result<> take_tables_for_many(const PageCursor& start, VirtAddr last, unsigned leaf,
                                                TableFrames& tables) const;
    [[nodiscard]] Result<> check_mapped(const PageCursor& start, VirtAddr last) const;
    [[nodiscard]] Result<> check_ends(const PageCursor& start, VirtAddr last) const;
    [[nodiscard]] Result<> map_run(VirtAddr start, PhysAddr frames, PageCount count, Protection protection,
                                   Cache cache, PageSize size);
    template <class NextPage>
    void fill(PageCursor& cursor, VirtAddr last, unsigned leaf, TableFrames& tables, NextPage next_page);
    void retire(PageCursor& cursor, TableFrames& retired);
    void give_subtree(PageEntry entry, unsigned level);

    /// The lowest table that was used last; it stays one until tables are retired.
    struct Leaf {
        u64 span = ~u64{0}; ///< which 2 MiB; none
        PageEntry* entries = nullptr;
        PageEntry* table = nullptr; ///< the entry that points to it, and counts

        [[nodiscard]] PageEntry& entry(VirtAddr page) const {
            return entries[page.raw >> page_shift & (entries_per_table - 1)];
        }
    };
    [[nodiscard]] bool find_leaf(VirtAddr page) {
        return page.raw / span_of(2) == leaf_.span || walk_to_leaf(page);
    }
    [[nodiscard]] bool walk_to_leaf(VirtAddr page);

    Account* account_;
    PhysAddr root_;
    Half half_;
    Leaf leaf_;
};

/// Whether the range from the cursor on is free; if so, takes the tables that it lacks.
inline Result<> PageTable::take_tables(const PageCursor& start, VirtAddr last, unsigned leaf,
                                       TableFrames& tables) const {
    if (!start.is_one_table(last) || leaf != 1) return take_tables_for_many(start, last, leaf, tables);
    for (const PageEntry entry : start.stretch(last))
        if (entry.is_present()) return fail(Error::bad_address);
    return {};
}

/// Every page of the range, which is free and for which there are tables, becomes what `next_page` gives.
template <class NextPage>
void PageTable::fill(PageCursor& cursor, VirtAddr last, unsigned leaf, TableFrames& tables,
                     NextPage next_page) {
    while (true) {
        while (cursor.level() > leaf)
            cursor.enter(tables.pop(), user());
        const std::span<PageEntry> entries = cursor.stretch(last);
        for (PageEntry& entry : entries)
            entry = next_page();
        cursor.count_more(entries.size());
        if (cursor.reaches(last, entries.size())) return;
        cursor.skip(entries.size());
    }
}

template <class FrameAt>
Result<> PageTable::map_each(VirtAddr start, PageCount count, Protection protection, Cache cache,
                             FrameAt frame_at) {
    TRY(check_range(start, count));
    const VirtAddr last = last_of(start, count);
    TableFrames tables{*account_};
    PageCursor cursor = at(start);
    TRY(take_tables(cursor, last, 1, tables));
    const PageEntry attributes = PageEntry::to_page({}, 1, protection, cache, user());
    fill(cursor, last, 1, tables,
         [&, n = u64{0}]() mutable { return PageEntry{frame_at(n++).raw | attributes.raw}; });
    return {};
}

} // namespace pith::kernel
