#include "kernel/memory/page_cursor.h"

#include "kernel/memory/frame_pointer.h"

namespace pith::kernel {

namespace {

[[nodiscard]] constexpr u64 index_in(unsigned level, VirtAddr address) {
    return address.raw >> (page_shift + 9 * (level - 1)) & (entries_per_table - 1);
}

} // namespace

void PageCursor::seek(VirtAddr address) {
    address_ = address;
    level_ = top_level;
    PhysAddr table = root_;
    while (true) {
        PageEntry* entry = frame_as<PageEntry>(access_, table) + index_in(level_, address);
        path_[level_] = entry;
        if (level_ == 1 || !entry->is_present() || entry->is_page(level_)) return;
        table = entry->address();
        --level_;
    }
}

void PageCursor::advance() {
    const VirtAddr next_address = next();
    if (level_ > 1 || index_in(1, next_address) == 0) return seek(next_address);
    address_ = next_address;
    ++path_[1];
}

void PageCursor::set(PageEntry page) {
    *path_[level_] = page;
    if (level_ < top_level) path_[level_ + 1]->count_one_more();
}

void PageCursor::enter(PhysAddr table, bool user_half) {
    set(PageEntry::to_table(table, user_half));
    --level_;
    path_[level_] = frame_as<PageEntry>(access_, table) + index_in(level_, address_);
}

bool PageCursor::clear() {
    *path_[level_] = {};
    if (level_ == top_level) return false; // the root stays
    path_[level_ + 1]->count_one_less();
    return path_[level_ + 1]->used() == 0;
}

} // namespace pith::kernel
