#include "kernel/memory/task_tables.h"

#include <cstring>

namespace pith::kernel {

namespace {
PageEntry page_of(PhysAddr frame) {
    return PageEntry::to_page(frame, 1, Protection::read, Cache::normal, false);
}
PageEntry local_page_of(PhysAddr frame) { return {page_of(frame).raw & ~PageEntry::global}; }
} // namespace

void TaskTables::make(FrameAccess access, PhysAddr kernel_root, const Frames& frames) {
    std::memset(access(frames.ones), 0xff, page_size);
    auto* leaf = frame_as<PageEntry>(access, frames.leaf);
    set_bitmap(leaf, frames.ones, frames.ones);
    for (u64 core = 0; core < most_cores; ++core) // the processor reads one byte behind a bitmap, too
        leaf[core * pages_a_core + 3] = page_of(frames.ones);
    entry_in(access, kernel_root) = chain(access, frames.top, frames.middle, frames.leaf);
}

void TaskTables::show(FrameAccess access, PhysAddr kernel_root, u32 core, PhysAddr page) {
    leaf_of(access, entry_in(access, kernel_root))[core * pages_a_core] = page_of(page);
}

PageEntry* TaskTables::leaf_of(FrameAccess access, PageEntry entry) {
    for (unsigned level = top_level - 1; level > 1; --level)
        entry = *frame_as<PageEntry>(access, entry.address());
    return frame_as<PageEntry>(access, entry.address());
}

void TaskTables::set_bitmap(PageEntry* leaf, PhysAddr first, PhysAddr second) {
    for (u64 core = 0; core < most_cores; ++core) {
        leaf[core * pages_a_core + 1] = local_page_of(first);
        leaf[core * pages_a_core + 2] = local_page_of(second);
    }
}

PageEntry TaskTables::chain(FrameAccess access, PhysAddr top, PhysAddr middle, PhysAddr leaf) {
    *frame_as<PageEntry>(access, middle) = PageEntry::to_table(leaf, false);
    *frame_as<PageEntry>(access, top) = PageEntry::to_table(middle, false);
    return PageEntry::to_table(top, false);
}

} // namespace pith::kernel
