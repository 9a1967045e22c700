#include "kernel/machine/x86_64/boot/calibration.h"

namespace pith::kernel {
namespace {

constexpr u64 acpi_timer_rate = 3'579'545;

/// What the processor, or the hypervisor under it, says of its time stamp counter; 0: nothing.
u64 stated_rate() {
    if (cpu::cpuid(0).eax >= 0x15) { // SDM vol. 3, 18.7.3
        const cpu::Cpuid ratio = cpu::cpuid(0x15);
        if (ratio.eax != 0 && ratio.ebx != 0 && ratio.ecx != 0) return u64{ratio.ecx} * ratio.ebx / ratio.eax;
    }
    const bool hypervisor = (cpu::cpuid(1).ecx >> 31 & 1) != 0;
    if (!hypervisor || cpu::cpuid(0x4000'0000).eax < 0x4000'0010) return 0;
    return u64{cpu::cpuid(0x4000'0010).eax} * 1000;
}

u32 hpet_word(std::byte* window, u32 offset) { return cpu::read32(reinterpret_cast<u32*>(window + offset)); }

} // namespace

ReferenceCounter ReferenceCounter::choose(const Firmware& firmware, const LoaderTables& tables) {
    ReferenceCounter counter;
    if (firmware.hpet && tables.shows(*firmware.hpet, page_size)) { // IA-PC HPET 1.0a, 2.3
        auto* window = reinterpret_cast<std::byte*>(firmware.hpet->raw);
        const u64 femtoseconds = hpet_word(window, 4);
        if (femtoseconds > 0 && femtoseconds <= 100'000'000) {
            auto* configuration = reinterpret_cast<u32*>(window + 0x10);
            cpu::write32(configuration, cpu::read32(configuration) | 1); // count
            counter.window_ = window;
            counter.mask_ = 0xffff'ffff; // half of the counter is enough for seconds
            counter.rate_ = 1'000'000'000'000'000 / femtoseconds;
            counter.name_ = "HPET";
            return counter;
        }
    }
    if (firmware.fadt && firmware.fadt->pm_timer != 0) {
        counter.port_ = firmware.fadt->pm_timer;
        counter.mask_ = firmware.fadt->pm_timer_32_bits ? 0xffff'ffff : 0xff'ffff;
        counter.rate_ = acpi_timer_rate;
        counter.name_ = "ACPI timer";
        return counter;
    }
    if (const u64 rate = stated_rate()) {
        counter.rate_ = rate;
        counter.name_ = "time stamp counter";
    }
    return counter;
}

u64 ReferenceCounter::read() const {
    if (window_ != nullptr) return hpet_word(window_, 0xf0);
    if (port_ != 0) return cpu::in32(port_) & mask_;
    return cpu::read_tsc();
}

Calibration::Calibration(ReferenceCounter reference, LocalApic apic) : reference_{reference} {
    apic.enable();
    apic.arm(0xffff'ffff);
    start_ = sample(apic);
}

/// All three as close together as a few tries bring them: an emulator may lose its processor in between.
Calibration::Sample Calibration::sample(const LocalApic& apic) const {
    Sample best{};
    u64 best_gap = ~u64{0};
    for (int tries = 0; tries < 4; ++tries) {
        const u64 before = cpu::read_tsc();
        const u64 reference = reference_.read();
        const u32 ticks = apic.ticks_left();
        const u64 gap = cpu::read_tsc() - before;
        if (gap < best_gap) {
            best_gap = gap;
            best = {reference, before + gap / 2, ticks};
        }
    }
    return best;
}

Calibration::Rates Calibration::finish(std::byte* hpet_window, LocalApic apic, Log& log) {
    reference_.relocate(hpet_window);
    const u64 window = reference_.rate() / 1000;
    while (reference_.between(start_.reference, reference_.read()) < window)
        cpu::pause();
    const Sample end = sample(apic);
    apic.arm(0);
    const u64 passed = reference_.between(start_.reference, end.reference);
    const auto rate = [&](u64 ticks) { return multiply_divide(ticks, reference_.rate(), passed); };
    Rates rates{rate(end.time_stamp - start_.time_stamp), rate(start_.apic - end.apic)};
    if (const u64 stated = stated_rate()) rates.time_stamp = stated;
    if (rates.time_stamp == 0) rates.time_stamp = 1'000'000'000;
    if (rates.apic_timer == 0) rates.apic_timer = 1'000'000;
    log.info("clock", "time stamp counter {} kHz, timer {} kHz, by the {}", rates.time_stamp / 1000,
             rates.apic_timer / 1000, reference_.name());
    return rates;
}

} // namespace pith::kernel
