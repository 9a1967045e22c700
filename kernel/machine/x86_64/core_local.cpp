#include "kernel/machine/x86_64/core_local.h"

#include "kernel/machine/x86_64/cpu.h"

namespace pith::kernel {
namespace {

struct [[gnu::packed]] TablePointer {
    u16 limit;
    u64 base;
};

/// The low half of a TSS descriptor (SDM vol. 3, 8.2.3): present, available 64-bit TSS.
u64 tss_descriptor(u64 base, u64 limit) {
    return (limit & 0xffff) | (base & 0xff'ffff) << 16 | u64{0x89} << 40 | (limit >> 16 & 15) << 48 |
           (base >> 24 & 0xff) << 56;
}

constexpr u64 kernel_code = 0x00af'9b00'0000'ffff;
constexpr u64 kernel_data = 0x00cf'9300'0000'ffff;
constexpr u64 user_data = 0x00cf'f300'0000'ffff;
constexpr u64 user_code = 0x00af'fb00'0000'ffff;

/// The bitmap begins with the page behind the task state's.
constexpr u16 io_map_base = page_size - offsetof(CoreLocal, tss);
static_assert(TaskTables::bitmap(0) - TaskTables::task(0) == page_size);

} // namespace

void CoreLocal::prepare(PanicRoom& room, u32 core_index, u32 core_apic_id) {
    self = this;
    panic_room = &room;
    index = core_index;
    apic_id = core_apic_id;
    tss.io_map_base = io_map_base;
    // The order that sysret relies on: user data right before user code (SDM vol. 3, 5.8.8).
    gdt = {0, kernel_code, kernel_data, user_data, user_code};
    show_task_at(VirtAddr{reinterpret_cast<u64>(this)});
}

void CoreLocal::show_task_at(VirtAddr page) {
    const u64 base = page.raw + offsetof(CoreLocal, tss);
    // Ports are looked up two bytes at a time, so the last byte of all is the one behind the bitmap.
    constexpr u64 limit = io_map_base + 2 * page_size;
    gdt[TSS_SELECTOR / 8] = tss_descriptor(base, limit);
    gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
}

void CoreLocal::set_trap_stack(TrapStack which, u64 top) {
    const u64 pointer = top - 16;
    *reinterpret_cast<CoreLocal**>(pointer) = this;
    tss.ist[static_cast<u8>(which) - 1u] = pointer;
}

void CoreLocal::load() {
    const TablePointer pointer{sizeof(gdt) - 1, reinterpret_cast<u64>(gdt.data())};
    asm volatile("lgdt %0\n"
                 "pushq %1\n"
                 "leaq 1f(%%rip), %%rax\n"
                 "pushq %%rax\n"
                 "lretq\n"
                 "1: movl %2, %%eax\n"
                 "movl %%eax, %%ss\n"
                 "xorl %%eax, %%eax\n"
                 "movl %%eax, %%ds\n"
                 "movl %%eax, %%es\n"
                 "movl %%eax, %%fs\n"
                 "movl %%eax, %%gs\n"
                 "lldt %%ax\n"
                 "movl %3, %%eax\n"
                 "ltr %%ax\n" ::"m"(pointer),
                 "i"(KERNEL_CS), "i"(KERNEL_SS), "i"(TSS_SELECTOR)
                 : "rax", "memory");
    cpu::write_msr(cpu::Msr::gs_base, reinterpret_cast<u64>(this));
    cpu::write_msr(cpu::Msr::kernel_gs_base, 0);
}

} // namespace pith::kernel
