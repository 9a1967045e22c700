#pragma once

#include "kernel/debug/log.h"
#include "kernel/machine/x86_64/boot/firmware.h"
#include "kernel/machine/x86_64/clock.h"
#include "kernel/machine/x86_64/local_apic.h"

namespace pith::kernel {

/// A counter whose rate the machine states: the HPET, the ACPI timer, or, where the processor states it, the
/// time stamp counter itself.
class ReferenceCounter {
  public:
    static ReferenceCounter choose(const Firmware& firmware, const LoaderTables& tables);

    [[nodiscard]] u64 read() const;
    /// From an earlier reading to a later one, also across the counter's end.
    [[nodiscard]] u64 between(u64 earlier, u64 later) const { return (later - earlier) & mask_; }
    [[nodiscard]] u64 rate() const { return rate_; } ///< Hz
    [[nodiscard]] std::string_view name() const { return name_; }
    /// The HPET's registers are seen elsewhere from now on.
    void relocate(std::byte* window) {
        if (window_ != nullptr) window_ = window;
    }

  private:
    std::byte* window_ = nullptr; ///< HPET
    u16 port_ = 0;                ///< ACPI timer
    u64 mask_ = ~u64{0};
    u64 rate_ = 1'000'000'000;
    std::string_view name_ = "nothing (1 GHz is assumed)";
};

/// Measures the time stamp counter and the local APIC's timer against a reference while boot goes on with its
/// work; only what is missing to a millisecond is waited for.
class Calibration {
  public:
    Calibration(ReferenceCounter reference, LocalApic apic);

    struct Rates {
        u64 time_stamp; ///< Hz
        u64 apic_timer; ///< Hz, after its divisor
    };
    /// The windows are seen elsewhere now.
    [[nodiscard]] Rates finish(std::byte* hpet_window, LocalApic apic, Log& log);

  private:
    struct Sample {
        u64 reference, time_stamp;
        u32 apic;
    };
    [[nodiscard]] Sample sample(const LocalApic& apic) const;

    ReferenceCounter reference_;
    Sample start_;
};

} // namespace pith::kernel
