#pragma once

#include "base/acpi.h"
#include "loader/outcome.h"

#include <optional>

namespace pith::loader {

/// Where the firmware's tables are. What they say, base/acpi.h reads.
class Acpi {
  public:
    /// From the root pointer structure (RSDP; ACPI 6.5, 5.2.5.3), if there is one and it is sound.
    [[nodiscard]] static std::optional<Acpi> from_pointer(PhysAddr rsdp);
    /// Looks for the root pointer where a BIOS leaves it (5.2.5.1).
    [[nodiscard]] static std::optional<Acpi> search();

    /// The XSDT, or the RSDT where there is none.
    [[nodiscard]] PhysAddr root() const { return root_; }

    /// The processors that may be started; none if the table that lists them is missing or damaged.
    [[nodiscard]] acpi::Madt::Processors processors() const;

  private:
    explicit Acpi(PhysAddr root) : root_(root) {}

    PhysAddr root_;
};

} // namespace pith::loader
