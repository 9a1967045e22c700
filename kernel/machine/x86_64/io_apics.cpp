#include "kernel/machine/x86_64/io_apics.h"

#include "kernel/machine/x86_64/cpu.h"
#include "kernel/machine/x86_64/iommu.h"

namespace pith::kernel {
namespace {

constexpr u32 version_index = 1, table_index = 0x10;
constexpr u32 level_bit = 1 << 15, active_low_bit = 1 << 13, masked_bit = 1 << 16;

} // namespace

IoApics::IoApics(const acpi::Madt& madt, std::span<std::byte* const> windows, u32 target_apic_id)
    : isa_{madt.isa}, target_{target_apic_id} {
    for (u32 n = 0; n < madt.io_apic_count && n < windows.size(); ++n) {
        const u32 count = (read(windows[n], version_index) >> 16 & 0xff) + 1;
        controllers_[controller_count_++] = {windows[n], madt.io_apics[n].first_line, count,
                                             madt.io_apics[n].id};
        for (u32 input = 0; input < count; ++input)
            write(windows[n], table_index + 2 * input, masked_bit);
    }
}

u32 IoApics::read(std::byte* window, u32 index) {
    cpu::write32(reinterpret_cast<u32*>(window), index);
    return cpu::read32(reinterpret_cast<u32*>(window + 0x10));
}

void IoApics::write(std::byte* window, u32 index, u32 value) {
    cpu::write32(reinterpret_cast<u32*>(window), index);
    cpu::write32(reinterpret_cast<u32*>(window + 0x10), value);
}

IoApics::Input IoApics::find(u32 line) const {
    if (line >= max_lines) return {};
    const bool isa = line < isa_.size();
    const u32 global = isa ? isa_[line].line : line;
    for (const Controller& c : std::span{controllers_}.first(controller_count_))
        if (global >= c.first && global - c.first < c.count)
            return {c.window, global - c.first, isa ? isa_[line].level : true,
                    isa ? isa_[line].active_low : true, c.id};
    return {};
}

void IoApics::write_entry(u32 line, bool masked) const {
    const Input input = find(line);
    if (input.window == nullptr) return;
    const u32 entry = table_index + 2 * input.number;
    if (iommu_) iommu_->route_line(line, vector_of(line), input.level, input.controller);
    // Through the tables: the entry's number, in a format of its own (VT-d 3.4, 5.1.2.1).
    write(input.window, entry + 1, iommu_ ? line << 17 | 1 << 16 : target_ << 24);
    write(input.window, entry,
          u32{vector_of(line)} | (input.level ? level_bit : 0) | (input.active_low ? active_low_bit : 0) |
              (masked ? masked_bit : 0));
}

void IoApics::mask(u32 line) const { write_entry(line, true); }
void IoApics::unmask(u32 line) const { write_entry(line, false); }

} // namespace pith::kernel
