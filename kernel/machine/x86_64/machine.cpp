#include "kernel/machine/machine.h"

#include "base/checked.h"
#include "kernel/memory/page_entry.h"

#include <cstring>

namespace pith::kernel {

void Machine::share_kernel_half(PhysAddr root) {
    constexpr u64 half = page_size / 2;
    std::memcpy(frame(root) + half, frame(parts_.kernel_root) + half, half);
}

void Machine::clear_selectors(CoreLocal& core, const ThreadContext& to) {
    cpu::clear_data_selectors();
    // An NMI in between finds the core by its stack, whatever GS base is.
    cpu::write_msr(cpu::Msr::gs_base, reinterpret_cast<u64>(&core));
    write_bases(to);
}

void Machine::flush_page(PhysAddr root, VirtAddr page) {
    // Without process-context identifiers only what CR3 holds is cached, and invlpg goes by address alone.
    constexpr VirtAddr kernel_half{0xffff'8000'0000'0000};
    const bool loaded = (cpu::read_cr3() & PageEntry::address_mask) == root.raw;
    if (loaded || page >= kernel_half) cpu::invalidate_page(page.raw);
}

void Machine::flush_space(PhysAddr root) {
    if ((cpu::read_cr3() & PageEntry::address_mask) == root.raw) cpu::write_cr3(root.raw);
}

void Machine::arm_timer(Instant time) {
    CoreLocal* core;
    asm("movq %%gs:%c1, %0" : "=r"(core) : "i"(CORE_SELF));
    core->deadline = time;
    if (time.is_never()) return parts_.local_apic.arm(0);
    const u64 current = now().raw;
    const u64 left = time.raw > current ? time.raw - current : 0;
    // A timer that ends early because the register has 32 bits is armed again by the interrupt.
    constexpr u64 longest = 0xffff'ffff;
    const u64 bounded = left < (u64{1} << 40) ? left : u64{1} << 40;
    const u64 ticks = parts_.timer_ticks_per_nanosecond.apply(bounded) + 1;
    parts_.local_apic.arm(static_cast<u32>(ticks < longest ? ticks : longest));
}

bool Machine::is_device_port(u32 first, u32 count) const {
    if (count == 0 || first >= 0x10000 || count > 0x10000 - first) return false;
    const auto has = [=](u32 own, u32 own_count) { return overlap(first, count, own, own_count); };
    const bool pic = has(0x20, 2) || has(0xa0, 2) || has(0x4d0, 2);
    const bool log = has(SerialPort::com2, 8);
    return !pic && !log && !parts_.power.owns_any(first, count);
}

// Without a guard messages cannot be masked: the kernel ignores what comes too often.
void Machine::mask_interrupt(u32 line) {
    if (line < IoApics::max_lines)
        parts_.io_apics.mask(line);
    else if (Iommu* guard = message_guard())
        guard->allow(line, false);
}
void Machine::unmask_interrupt(u32 line) {
    if (line < IoApics::max_lines)
        parts_.io_apics.unmask(line);
    else if (Iommu* guard = message_guard())
        guard->allow(line, true);
}

MessageRoute Machine::route_message(u32 line, u16 device) {
    const u8 vector = IoApics::vector_of(line);
    if (Iommu* guard = message_guard()) return guard->route_message(line, vector, device);
    // SDM vol. 3, 11.11: to one core by its id, fixed delivery, an edge.
    return {DeviceRanges::messages.raw | u64{parts_.io_apics.target()} << 12, vector};
}
void Machine::drop_message(u32 line) {
    if (Iommu* guard = message_guard()) guard->drop(line);
}

void Machine::power(abi::PowerAction action) {
    switch (action) {
    case abi::PowerAction::off: return parts_.power.off();
    case abi::PowerAction::reboot: return parts_.power.reboot();
    }
}

} // namespace pith::kernel
