#include "kernel/memory/page_table.h"

#include "abi/syscalls.h"
#include "base/panic.h"
#include "kernel/memory/frame_pointer.h"

#include <algorithm>

namespace pith::kernel {

namespace {

constexpr VirtAddr kernel_start{0xffff'8000'0000'0000};
constexpr u64 physical_end = u64{1} << 52; // SDM vol. 3, 4.1.4: MAXPHYADDR is at most 52
constexpr u64 root_entries_per_half = entries_per_table / 2;

[[nodiscard]] constexpr unsigned level_of(PageSize size) { return static_cast<unsigned>(size); }
[[nodiscard]] constexpr bool is_canonical(VirtAddr address) {
    return address.raw < (u64{1} << 47) || address >= kernel_start;
}

/// Whether the current entry is a large page of which a part lies outside [start, last].
[[nodiscard]] bool is_cut(const PageCursor& cursor, VirtAddr start, VirtAddr last) {
    if (!cursor.entry().is_page(cursor.level())) return false;
    const u64 from = align_down(cursor.address().raw, span_of(cursor.level()));
    return from < start.raw || cursor.next().raw - 1 > last.raw;
}

/// Tables that are missing below an absent entry of `level`, for [start, last] to be mapped at `leaf`.
[[nodiscard]] u64 tables_below(unsigned level, unsigned leaf, VirtAddr start, VirtAddr last) {
    u64 tables = 0;
    for (unsigned missing = leaf; missing < level; ++missing) {
        const u64 reach = span_of(missing + 1); // of one table
        tables += last.raw / reach - start.raw / reach + 1;
    }
    return tables;
}

/// The first part of a range that pages of one size can map.
struct Run {
    PageCount count;
    PageSize size;
};

[[nodiscard]] Run next_run(VirtAddr start, PhysAddr frames, PageCount count, PageSize largest) {
    PageCount available = count;
    for (PageSize size = largest; size != PageSize::small; size = static_cast<PageSize>(level_of(size) - 1)) {
        const u64 bytes = span_of(level_of(size));
        if (!is_aligned(start.raw ^ frames.raw, bytes)) continue; // never both aligned
        const PageCount before = pages((align_up(start.raw, bytes) - start.raw) >> page_shift);
        if (before.raw == 0 && available >= pages_in(size))
            return {pages(align_down(available.raw, pages_in(size).raw)), size};
        if (before.raw > 0) available = std::min(available, before);
    }
    return {available, PageSize::small};
}

} // namespace

void FlushSet::add(VirtAddr page, PageCount size) {
    if (empty()) start = page;
    count = pages((page - start) >> page_shift) + size;
}

Result<PageTable> PageTable::create(Account& account, Half half) {
    return PageTable{account, TRY(account.take_zeroed_frame()), half};
}

PageTable::PageTable(PageTable&& other) noexcept
    : account_{std::exchange(other.account_, nullptr)}, root_{other.root_}, half_{other.half_} {}

PageTable::~PageTable() {
    if (!account_) return; // moved away
    const auto* entries = frame_as<PageEntry>(*account_, root_) + (user() ? 0 : root_entries_per_half);
    for (u64 n = 0; n < root_entries_per_half; ++n)
        if (entries[n].is_present()) give_subtree(entries[n], top_level); // seldom
    account_->give_frame(root_);
}

void PageTable::give_subtree(PageEntry entry, unsigned level) {
    if (!entry.is_present() || entry.is_page(level)) return;
    if (level > 2) { // the entries of the lowest tables are pages, which belong to somebody else
        const auto* entries = frame_as<PageEntry>(*account_, entry.address());
        for (u64 n = 0; n < entries_per_table; ++n)
            give_subtree(entries[n], level - 1);
    }
    account_->give_frame(entry.address());
}

bool PageTable::walk_to_leaf(VirtAddr page) {
    PageEntry* above = nullptr;
    PageEntry* entry = frame_as<PageEntry>(*account_, root_);
    for (unsigned level = top_level; level > 1; --level) {
        above = entry + (page.raw / span_of(level) & (entries_per_table - 1));
        if (!above->is_present() || above->is_page(level)) return false;
        entry = frame_as<PageEntry>(*account_, above->address());
    }
    leaf_ = {page.raw / span_of(2), entry, above};
    return true;
}

Result<> PageTable::check_range(VirtAddr start, PageCount count) const {
    const VirtAddr low = user() ? abi::user_start : kernel_start;
    // The kernel's half ends with the last byte that there is.
    const VirtAddr last = user() ? abi::user_end + ~u64{0} : VirtAddr{~u64{0}};
    if (count.raw == 0) return fail(Error::bad_argument);
    if (!is_page_aligned(start) || start < low || start > last) return fail(Error::bad_address);
    if (count.raw - 1 > (last - start) >> page_shift) return fail(Error::bad_address);
    return {};
}

Result<> PageTable::take_tables_for_many(const PageCursor& start, VirtAddr last, unsigned leaf,
                                         TableFrames& tables) const {
    u64 missing = 0;
    PageCursor cursor = start;
    while (true) {
        if (cursor.level() < leaf) return fail(Error::bad_address);
        const std::span<const PageEntry> entries = cursor.stretch(last);
        for (const PageEntry entry : entries)
            if (entry.is_present()) return fail(Error::bad_address);
        const bool is_last = cursor.reaches(last, entries.size());
        const VirtAddr end = is_last ? last : VirtAddr{cursor.next().raw - 1};
        missing += tables_below(cursor.level(), leaf, cursor.address(), end);
        if (is_last) break;
        cursor.skip(entries.size());
    }
    return missing == 0 ? Result<>{} : tables.take(missing);
}

Result<> PageTable::map(VirtAddr start, PhysAddr frames, PageCount count, Protection protection,
                        Cache cache) {
    return map_run(start, frames, count, protection, cache, PageSize::small);
}

Result<> PageTable::map_run(VirtAddr start, PhysAddr frames, PageCount count, Protection protection,
                            Cache cache, PageSize size) {
    TRY(check_range(start, count));
    const unsigned leaf = level_of(size);
    if (!is_aligned(frames.raw, span_of(leaf)) || !within(frames.raw, count.bytes(), physical_end))
        return fail(Error::bad_address);
    const VirtAddr last = last_of(start, count);
    TableFrames tables{*account_};
    PageCursor cursor = at(start);
    TRY(take_tables(cursor, last, leaf, tables));
    PageEntry page = PageEntry::to_page(frames, leaf, protection, cache, user());
    fill(cursor, last, leaf, tables, [&page, leaf] {
        const PageEntry next = page;
        page.raw += span_of(leaf);
        return next;
    });
    return {};
}

Result<> PageTable::map_large(VirtAddr start, PhysAddr frames, PageCount count, Protection protection,
                              Cache cache, PageSize largest) {
    TRY(check_range(start, count));
    for (PageCount done{}; done < count;) {
        const Run run = next_run(start + done, frames + done, count - done, largest);
        const Result<> mapped = map_run(start + done, frames + done, run.count, protection, cache, run.size);
        if (!mapped) {
            if (done.raw > 0) (void)unmap(start, done);
            return mapped;
        }
        done += run.count;
    }
    return {};
}

/// Whether no large page reaches beyond the range: only that of its first and of its last address could.
Result<> PageTable::check_ends(const PageCursor& start, VirtAddr last) const {
    if (start.is_one_table(last)) return {};
    if (is_cut(start, start.address(), last) || is_cut(at(last), start.address(), last))
        return fail(Error::bad_address);
    return {};
}

Result<Unmapped> PageTable::unmap(VirtAddr start, PageCount count) {
    TRY(check_range(start, count));
    const VirtAddr last = last_of(start, count);
    PageCursor cursor = at(start);
    TRY(check_ends(cursor, last));
    Result<Unmapped> result{std::in_place, FlushSet{}, TableFrames{*account_}};
    while (true) {
        const std::span<PageEntry> entries = cursor.stretch(last);
        const u64 size = span_of(cursor.level());
        u64 cleared = 0;
        VirtAddr page = cursor.address();
        for (PageEntry& entry : entries) {
            if (entry.is_present()) {
                entry = {};
                ++cleared;
                result->flush.add(page, pages(size >> page_shift));
            }
            page = page + size;
        }
        const bool is_last = cursor.reaches(last, entries.size());
        const bool is_empty = cleared > 0 && cursor.count_fewer(cleared);
        if (is_empty) retire(cursor, result->retired);
        if (is_last) return result;
        cursor.skip(is_empty ? 1 : entries.size());
        if (cursor.address() > last || cursor.address().raw == 0) return result;
    }
}

Result<> PageTable::split_at(VirtAddr address) {
    PageCursor cursor = at(address);
    if (cursor.level() != 2 || !cursor.entry().is_present() || is_aligned(address.raw, span_of(2))) return {};
    TableFrames tables{*account_};
    TRY(tables.take(1));
    cursor.split(tables.pop());
    return {};
}

/// The current table, which is empty, goes, and every table that becomes empty with it. The cursor is left at
/// the entry of the largest span that is empty now.
void PageTable::retire(PageCursor& cursor, TableFrames& retired) {
    leaf_ = {};
    do {
        cursor.leave();
        if (cursor.level() == top_level && !user()) return;
        retired.push(cursor.entry().address());
    } while (cursor.clear());
}

/// Whether all from the cursor on is mapped, and no large page reaches beyond.
Result<> PageTable::check_mapped(const PageCursor& start, VirtAddr last) const {
    TRY(check_ends(start, last));
    PageCursor cursor = start;
    while (true) {
        const std::span<const PageEntry> entries = cursor.stretch(last);
        for (const PageEntry entry : entries)
            if (!entry.is_present()) return fail(Error::bad_address);
        if (cursor.reaches(last, entries.size())) return {};
        cursor.skip(entries.size());
    }
}

Result<FlushSet> PageTable::protect(VirtAddr start, PageCount count, Protection protection) {
    TRY(check_range(start, count));
    const VirtAddr last = last_of(start, count);
    PageCursor cursor = at(start);
    if (!cursor.is_one_table(last)) {
        TRY(check_mapped(cursor, last));
    } else {
        for (const PageEntry entry : cursor.stretch(last))
            if (!entry.is_present()) return fail(Error::bad_address);
    }
    FlushSet flush;
    while (true) {
        const std::span<PageEntry> entries = cursor.stretch(last);
        const u64 size = span_of(cursor.level());
        VirtAddr page = cursor.address();
        for (PageEntry& entry : entries) {
            // Not atomic: a dirty bit that another core sets meanwhile is lost. Nobody reads dirty bits yet.
            const PageEntry before = std::exchange(entry, entry.with(protection));
            if (entry.raw != before.raw) flush.add(page, pages(size >> page_shift));
            page = page + size;
        }
        if (cursor.reaches(last, entries.size())) return flush;
        cursor.skip(entries.size());
    }
}

std::optional<Translation> PageTable::query(VirtAddr address) const {
    if (!is_canonical(address)) return std::nullopt;
    const PageCursor cursor = at(address);
    const PageEntry entry = cursor.entry();
    if (!entry.is_present()) return std::nullopt;
    const u64 offset = address.raw & (span_of(cursor.level()) - 1);
    return Translation{.address = entry.address() + offset,
                       .protection = entry.protection(),
                       .cache = entry.cache(),
                       .size = static_cast<PageSize>(cursor.level())};
}

} // namespace pith::kernel
