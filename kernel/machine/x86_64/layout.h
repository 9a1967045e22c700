#pragma once

#include "kernel/memory/task_tables.h"

/// The kernel's half of every address space. docs/machine.md has the picture.
namespace pith::kernel::layout {

/// All RAM that the kernel may touch, at one distance.
inline constexpr VirtAddr direct_map{0xffff'8000'0000'0000};
inline constexpr u64 direct_map_size = u64{64} << 40;

/// Stacks, one slot a core. A page that is not mapped lies below each stack.
inline constexpr VirtAddr stacks{0xffff'ffff'9000'0000};
inline constexpr u64 max_cores = 64;
inline constexpr PageCount stack_slot = pages(16);

struct Stack {
    u64 first; ///< page of the slot
    u64 count;
};
inline constexpr Stack kernel_stack{1, 4}, debug_stack{6, 2}, nmi_stack{9, 1}, double_fault_stack{11, 2},
    machine_check_stack{14, 2};

[[nodiscard]] constexpr VirtAddr stack_bottom(u64 core, Stack stack) {
    return stacks + pages(core * stack_slot.raw + stack.first);
}
[[nodiscard]] constexpr VirtAddr stack_end(u64 core, Stack stack) {
    return stack_bottom(core, stack) + pages(stack.count);
}
[[nodiscard]] constexpr bool is_in_stacks(VirtAddr address) {
    return address >= stacks && address < stacks + pages(max_cores * stack_slot.raw);
}
[[nodiscard]] constexpr bool is_stack_guard(VirtAddr address) {
    if (!is_in_stacks(address)) return false;
    const u64 page = (address - stacks) >> page_shift;
    switch (page % stack_slot.raw) {
    case 0:
    case 5:
    case 8:
    case 10:
    case 13: return true;
    default: return false; // a page of a stack
    }
}

static_assert(max_cores <= TaskTables::most_cores);

/// Registers of interrupt controllers, one page each; then the framebuffer.
inline constexpr VirtAddr devices{0xffff'ffff'a000'0000};
inline constexpr VirtAddr local_apic = devices;
inline constexpr VirtAddr timer = devices + pages(1);
inline constexpr VirtAddr io_apics = devices + pages(2);
inline constexpr VirtAddr iommus = devices + pages(16);
inline constexpr VirtAddr framebuffer{0xffff'ffff'b000'0000};
inline constexpr u64 framebuffer_size = u64{256} << 20;

} // namespace pith::kernel::layout
