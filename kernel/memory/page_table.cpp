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

[[nodiscard]] constexpr unsigned level_of(PageSize size) {
    return static_cast<unsigned>(size);
}
[[nodiscard]] constexpr bool is_canonical(VirtAddr address) {
    return address.raw < (u64{1} << 47) || address >= kernel_start;
}
[[nodiscard]] constexpr VirtAddr last_of(VirtAddr start, PageCount count) {
    return {start.raw + (count.bytes() - 1)};
}
/// Whether nothing of a range that ends with `last` lies behind the current entry.
[[nodiscard]] bool reaches(const PageCursor& cursor, VirtAddr last) {
    return cursor.next().raw - 1 >= last.raw;
}

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
        give_subtree(entries[n], top_level);
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

Result<> PageTable::check_range(VirtAddr start, PageCount count) const {
    const VirtAddr low = user() ? abi::user_start : kernel_start;
    // The kernel's half ends with the last byte that there is.
    const VirtAddr last = user() ? abi::user_end + ~u64{0} : VirtAddr{~u64{0}};
    if (count.raw == 0) return fail(Error::bad_argument);
    if (!is_page_aligned(start) || start < low || start > last) return fail(Error::bad_address);
    if (count.raw - 1 > (last - start) >> page_shift) return fail(Error::bad_address);
    return {};
}

/// Checks that the range is free, and takes the tables that it lacks.
Result<TableFrames> PageTable::take_tables(VirtAddr start, PageCount count, PageSize size) {
    TRY(check_range(start, count));
    const VirtAddr last = last_of(start, count);
    const unsigned leaf = level_of(size);
    u64 missing = 0;
    for (PageCursor cursor = at(start);; cursor.advance()) {
        if (cursor.entry().is_present() || cursor.level() < leaf) return fail(Error::bad_address);
        const bool is_last = reaches(cursor, last);
        if (cursor.level() > leaf) {
            const VirtAddr end = is_last ? last : VirtAddr{cursor.next().raw - 1};
            missing += tables_below(cursor.level(), leaf, cursor.address(), end);
        }
        if (is_last) return TableFrames::take(*account_, missing);
    }
}

void PageTable::descend(PageCursor& cursor, unsigned level, TableFrames& tables) {
    while (cursor.level() > level)
        cursor.enter(tables.pop(), user());
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
    TableFrames tables = TRY(take_tables(start, count, size));
    PageEntry page = PageEntry::to_page(frames, leaf, protection, cache, user());
    PageCursor cursor = at(start);
    for (u64 n = 0; n < count.raw; n += pages_in(size).raw) {
        if (n > 0) cursor.advance();
        descend(cursor, leaf, tables);
        cursor.set(page);
        page.raw += span_of(leaf);
    }
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

Result<Unmapped> PageTable::unmap(VirtAddr start, PageCount count) {
    TRY(check_range(start, count));
    const VirtAddr last = last_of(start, count);
    PageCursor cursor = at(start);
    // Only the first and the last page can be large ones that reach beyond the range.
    if (is_cut(cursor, start, last)) return fail(Error::bad_address);
    if (count.raw > 1 && is_cut(at(last), start, last)) return fail(Error::bad_address);
    Unmapped result{.flush = {}, .retired = TableFrames{*account_}};
    for (;; cursor.advance()) {
        const bool is_last = reaches(cursor, last);
        if (cursor.entry().is_present()) {
            result.flush.add(cursor.address(), pages(span_of(cursor.level()) >> page_shift));
            remove(cursor, result.retired);
        }
        if (is_last || reaches(cursor, last)) return result;
    }
}

/// The cursor's page goes, and every table that becomes empty with it. The cursor is left at the entry of the
/// largest span that is empty now.
void PageTable::remove(PageCursor& cursor, TableFrames& retired) {
    while (cursor.clear()) {
        cursor.leave();
        if (cursor.level() == top_level && !user()) return;
        retired.push(cursor.entry().address());
    }
}

Result<FlushSet> PageTable::protect(VirtAddr start, PageCount count, Protection protection) {
    TRY(check_range(start, count));
    const VirtAddr last = last_of(start, count);
    for (PageCursor cursor = at(start);; cursor.advance()) {
        if (!cursor.entry().is_present() || is_cut(cursor, start, last)) return fail(Error::bad_address);
        if (reaches(cursor, last)) break;
    }
    FlushSet flush;
    for (PageCursor cursor = at(start);; cursor.advance()) {
        const PageEntry before = cursor.entry();
        const PageEntry after = before.with(protection);
        if (after.raw != before.raw) {
            cursor.replace(after);
            flush.add(cursor.address(), pages(span_of(cursor.level()) >> page_shift));
        }
        if (reaches(cursor, last)) return flush;
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
