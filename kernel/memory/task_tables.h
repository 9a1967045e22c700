#pragma once

#include "kernel/memory/page_cursor.h"

namespace pith::kernel {

/// Where every address space shows each core its task state and, behind it, an I/O permission bitmap (SDM
/// vol. 1, 19.5.2): four pages a core, in a top-level entry of their own. Loading a space loads its bitmap,
/// so a switch does nothing about ports. Here the tables that the kernel's own space has, and every space
/// without ports shares: in them each bitmap is a page of ones. The others are PortTables.
///
/// As data: the same code for the real and the simulated machine.
class TaskTables {
  public:
    static constexpr VirtAddr start{0xffff'ff00'0000'0000};
    static constexpr u64 pages_a_core = 4; ///< task state, bitmap, bitmap, and what ends that
    static constexpr u64 most_cores = entries_per_table / pages_a_core;
    static constexpr u64 root_entry = start.raw / span_of(top_level) % entries_per_table;

    [[nodiscard]] static constexpr VirtAddr task(u32 core) { return start + pages(core * pages_a_core); }
    [[nodiscard]] static constexpr VirtAddr bitmap(u32 core) { return task(core) + page_size; }

    struct Frames {
        PhysAddr top, middle, leaf; ///< tables; they and `ones` hold nothing yet
        PhysAddr ones;
    };
    /// No core is shown a task state yet.
    static void make(FrameAccess access, PhysAddr kernel_root, const Frames& frames);
    /// The core's task state lies in this page.
    static void show(FrameAccess access, PhysAddr kernel_root, u32 core, PhysAddr page);

    // For PortTable.
    [[nodiscard]] static PageEntry& entry_in(FrameAccess access, PhysAddr root) {
        return frame_as<PageEntry>(access, root)[root_entry];
    }
    /// The lowest table below a root's entry.
    [[nodiscard]] static PageEntry* leaf_of(FrameAccess access, PageEntry entry);
    /// Every core finds these two pages as its bitmap. Not global: whoever loads another space forgets them.
    static void set_bitmap(PageEntry* leaf, PhysAddr first, PhysAddr second);
    /// What a root's entry has to be for this chain of tables, which is complete now.
    [[nodiscard]] static PageEntry chain(FrameAccess access, PhysAddr top, PhysAddr middle, PhysAddr leaf);
};
static_assert(TaskTables::start.raw % span_of(top_level) == 0);

} // namespace pith::kernel
