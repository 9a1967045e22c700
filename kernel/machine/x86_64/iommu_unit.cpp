#include "kernel/machine/x86_64/iommu_unit.h"

#include "base/panic.h"
#include "kernel/machine/x86_64/cpu.h"

namespace pith::kernel {
namespace {

// VT-d 3.4, 11.4.
constexpr u32 capabilities = 0x08, extended_capabilities = 0x10, global_command = 0x18, global_status = 0x1c,
              root_table = 0x20, fault_status = 0x34, fault_control = 0x38, fault_data = 0x3c,
              fault_address = 0x40, fault_upper = 0x44, queue_tail = 0x88, queue_address = 0x90,
              interrupt_table = 0xb8;
constexpr u32 translate = u32{1} << 31, set_root = 1 << 30, use_queue = 1 << 26,
              translate_interrupts = 1 << 25, set_interrupts = 1 << 24;
/// Of the status: what a command has to repeat; the others are orders for once.
constexpr u32 lasting = 0x96ff'ffff;
constexpr u32 fault_overflow = 1;
constexpr u64 fault_record = 16, fault_present = u64{1} << 63;

// Commands (VT-d 3.4, 6.5.2); all of them for everything or for one domain.
constexpr u64 context_cache = 1, translation_cache = 2, interrupt_cache = 4, wait = 5;
constexpr u64 all = 1 << 4, one_domain = 2 << 4, drain = 3 << 6, write_status = 1 << 5;
constexpr u32 queue_entries = page_size / 16;
constexpr u32 patience = 100'000'000;

} // namespace

u32 IommuUnit::read32(u32 offset) const { return cpu::read32(reinterpret_cast<u32*>(registers_ + offset)); }
u64 IommuUnit::read64(u32 offset) const { return read32(offset) | u64{read32(offset + 4)} << 32; }
void IommuUnit::write32(u32 offset, u32 value) const {
    cpu::write32(reinterpret_cast<u32*>(registers_ + offset), value);
}
void IommuUnit::write64(u32 offset, u64 value) const {
    write32(offset, static_cast<u32>(value));
    write32(offset + 4, static_cast<u32>(value >> 32));
}

IommuUnit::Features IommuUnit::features() const {
    const u64 cap = read64(capabilities), extended = read64(extended_capabilities);
    const u64 widths = cap >> 8 & 0x1f;
    return {.levels = (widths & 4) != 0   ? 4u
                      : (widths & 2) != 0 ? 3u
                                          : 0u,
            .coherent = (extended & 1) != 0,
            .queue = (extended & 2) != 0,
            .interrupts = (extended & 8) != 0,
            .passes = (extended & 0x40) != 0,
            .enough_ids = (cap & 7) >= 2};
}

void IommuUnit::command(u32 bit, bool wanted) const {
    const u32 rest = read32(global_status) & lasting & ~bit;
    write32(global_command, wanted ? rest | bit : rest);
    for (u32 n = 0; ((read32(global_status) & bit) != 0) != wanted; ++n) {
        require(n < patience, "the IOMMU does not answer");
        cpu::pause();
    }
}

void IommuUnit::start(PhysAddr root) {
    coherent_ = features().coherent;
    if (read32(global_status) & use_queue) command(use_queue, false);
    write64(queue_tail, 0);
    write64(queue_address, queue_frame_.raw);
    command(use_queue);
    write64(root_table, root.raw);
    command(set_root);
    forget_everything();
    command(translate);
}

void IommuUnit::start_interrupts(PhysAddr table) {
    constexpr u64 size = 7; // 2^(7 + 1) entries
    if (read32(global_status) & translate_interrupts) command(translate_interrupts, false);
    write64(interrupt_table, table.raw | size);
    command(set_interrupts);
    forget_interrupts();
    command(translate_interrupts);
}

void IommuUnit::report_faults(u32 address, u32 data) const {
    while (take_fault()) {
    }
    write32(fault_data, data);
    write32(fault_address, address);
    write32(fault_upper, 0);
    write32(fault_control, 0); // not masked
}

void IommuUnit::submit(u64 low, u64 high) {
    auto* const commands = reinterpret_cast<u64*>(queue_);
    auto* const answer = reinterpret_cast<u32*>(queue_ + page_size);
    const PhysAddr answer_at = queue_frame_ + pages(1);
    const auto put = [&](u64 first, u64 second) {
        commands[2 * tail_] = first;
        commands[2 * tail_ + 1] = second;
        tail_ = (tail_ + 1) % queue_entries;
    };
    constexpr u32 done = 1;
    cpu::write32(answer, 0);
    put(low, high);
    put(wait | write_status | u64{done} << 32, answer_at.raw);
    // A unit that does not see the caches: every change of its tables is followed by a command.
    if (!coherent_) cpu::write_back_caches();
    write64(queue_tail, u64{tail_} << 4);
    for (u32 n = 0; cpu::read32(answer) != done; ++n) {
        require(n < patience, "the IOMMU does not forget what it was told to");
        cpu::pause();
    }
}

void IommuUnit::forget_device_tables() { submit(context_cache | all); }
void IommuUnit::forget_domain(u16 domain) {
    submit(translation_cache | one_domain | drain | u64{domain} << 16);
}
void IommuUnit::forget_everything() {
    submit(context_cache | all);
    submit(translation_cache | all | drain);
}
void IommuUnit::forget_interrupts() { submit(interrupt_cache); }

std::optional<DmaFault> IommuUnit::take_fault() const {
    const u64 cap = read64(capabilities);
    const u32 first = static_cast<u32>(cap >> 24 & 0x3ff) * fault_record;
    const u32 count = static_cast<u32>(cap >> 40 & 0xff) + 1;
    for (u32 n = 0; n < count; ++n) {
        const u32 at = first + n * static_cast<u32>(fault_record);
        if (at + fault_record > page_size) break; // beyond the registers that are mapped
        const u64 low = read64(at), high = read64(at + 8);
        if ((high & fault_present) == 0) continue;
        write32(at + 12, static_cast<u32>(fault_present >> 32)); // makes room
        return DmaFault{static_cast<u16>(high), (high >> 62 & 1) == 0, static_cast<u8>(high >> 32),
                        low & ~(page_size - 1)};
    }
    if (read32(fault_status) & fault_overflow) write32(fault_status, fault_overflow);
    return std::nullopt;
}

} // namespace pith::kernel
