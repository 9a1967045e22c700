#include "kernel/memory/port_table.h"

#include "kernel/memory/frame_pointer.h"
#include "kernel/memory/table_frames.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace pith::kernel {

Result<> PortTable::make() {
    TableFrames taken{account_};
    TRY(taken.take(frames));
    for (PhysAddr& page : bitmap_) {
        page = taken.pop();
        std::memset(access()(page), 0xff, page_size);
    }
    for (PhysAddr& table : tables_)
        table = taken.pop();

    PageEntry& entry = TaskTables::entry_in(access(), root_);
    shared_ = entry;
    const auto [top, middle, lowest] = tables_;
    auto* leaf = frame_as<PageEntry>(access(), lowest);
    std::memcpy(leaf, TaskTables::leaf_of(access(), shared_), page_size); // the task states stay
    TaskTables::set_bitmap(leaf, bitmap_[0], bitmap_[1]);
    const PageEntry own = TaskTables::chain(access(), top, middle, lowest);
    // In one store and after all others: this core may be interrupted here, others may load the space.
    std::atomic_thread_fence(std::memory_order_release);
    entry = own;
    return {};
}

void PortTable::allow(u32 first, u32 count) {
    for (u32 page = 0; page < bitmap_.size(); ++page) {
        const u32 base = page * ports_a_page;
        const u32 from = std::max(first, base), end = std::min(first + count, base + ports_a_page);
        if (from < end) allow_within(page, from - base, end - from);
    }
}

/// Clears bits of one page, whole bytes at once.
void PortTable::allow_within(u32 page, u32 first, u32 count) {
    auto* bytes = frame_as<u8>(access(), bitmap_[page]);
    const u32 last = first + (count - 1);
    const u32 head = 0xffu << first % 8 & 0xff; // from the first port on
    const u32 tail = 0xffu >> (7 - last % 8);   // up to the last
    const auto clear = [bytes](u32 byte, u32 mask) { bytes[byte] &= static_cast<u8>(~mask); };
    if (first / 8 == last / 8) return clear(first / 8, head & tail);
    clear(first / 8, head);
    std::memset(bytes + first / 8 + 1, 0, last / 8 - first / 8 - 1);
    clear(last / 8, tail);
}

void PortTable::give_back() {
    if (!exists()) return;
    TaskTables::entry_in(access(), root_) = std::exchange(shared_, {});
    for (const PhysAddr frame : bitmap_)
        account_.give_frame(frame);
    for (const PhysAddr frame : tables_)
        account_.give_frame(frame);
}

} // namespace pith::kernel
