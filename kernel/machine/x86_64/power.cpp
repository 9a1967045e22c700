#include "kernel/machine/x86_64/power.h"

#include "base/checked.h"
#include "kernel/machine/x86_64/cpu.h"

namespace pith::kernel {
namespace {

constexpr u16 sci_enabled = 1, sleep_enable = 1 << 13;
constexpr unsigned sleep_type_shift = 10;
constexpr u32 patience = 1'000'000; ///< reads of a port: about a second on real hardware

u16 sleep_command(u16 control, u8 type) {
    return static_cast<u16>((control & ~(7u << sleep_type_shift)) | u32{type} << sleep_type_shift |
                            sleep_enable);
}

} // namespace

void PowerControl::enable_acpi() const {
    if (cpu::in16(fadt_->pm1a_control) & sci_enabled) return;
    if (fadt_->smi_command == 0 || fadt_->acpi_enable == 0) return;
    cpu::out8(fadt_->smi_command, fadt_->acpi_enable);
    for (u32 n = 0; n < patience && !(cpu::in16(fadt_->pm1a_control) & sci_enabled); ++n)
        cpu::pause();
}

void PowerControl::off() const {
    if (!fadt_ || !soft_off_ || fadt_->pm1a_control == 0) return;
    enable_acpi();
    cpu::out16(fadt_->pm1a_control, sleep_command(cpu::in16(fadt_->pm1a_control), soft_off_->a));
    if (fadt_->pm1b_control != 0)
        cpu::out16(fadt_->pm1b_control, sleep_command(cpu::in16(fadt_->pm1b_control), soft_off_->b));
    for (u32 n = 0; n < patience; ++n)
        cpu::pause();
}

void PowerControl::reboot() const {
    const auto wait = [] {
        for (u32 n = 0; n < 10'000; ++n)
            cpu::pause();
    };
    if (fadt_ && fadt_->reset.space == acpi::Register::Space::port && fadt_->reset.address < 0x10000) {
        cpu::out8(static_cast<u16>(fadt_->reset.address), fadt_->reset_value);
        wait();
    }
    cpu::out8(0xcf9, 0x02); // reset control register of Intel's chip sets (ICH9 13.7.5): cold, then go
    cpu::out8(0xcf9, 0x06);
    wait();
    cpu::out8(0x64, 0xfe); // keyboard controller: pulse the reset line
    wait();
    const struct [[gnu::packed]] {
        u16 limit = 0;
        u64 base = 0;
    } no_table;
    asm volatile(
        "lidt %0\n int3" ::"m"(no_table)); // an exception that cannot be delivered resets the processor
}

bool PowerControl::owns_any(u32 first_port, u32 count) const {
    if (!fadt_) return false;
    const auto has = [=](u32 own) { return own != 0 && overlap(first_port, count, own, 2); };
    return has(fadt_->pm1a_control) || has(fadt_->pm1b_control) || has(fadt_->smi_command);
}

} // namespace pith::kernel
