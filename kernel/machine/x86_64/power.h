#pragma once

#include "base/acpi.h"
#include "kernel/machine/x86_64/tables/soft_off.h"

namespace pith::kernel {

/// Switching off and restarting, by ACPI's fixed hardware (ACPI 6.5, 4.8.3).
class PowerControl {
  public:
    PowerControl() = default;
    PowerControl(const acpi::Fadt& fadt, std::optional<acpi::SleepType> soft_off)
        : fadt_{fadt}, soft_off_{soft_off} {}

    /// Returns only where the machine cannot.
    void off() const;
    void reboot() const;
    /// The ports that only the kernel may touch, so that nobody switches the machine off by accident.
    [[nodiscard]] bool owns_any(u32 first_port, u32 count) const;

  private:
    void enable_acpi() const;

    std::optional<acpi::Fadt> fadt_;
    std::optional<acpi::SleepType> soft_off_;
};

} // namespace pith::kernel
