#pragma once

#include "base/address.h"
#include "loader/outcome.h"

#include <array>
#include <optional>

namespace pith::loader {

/// The firmware's tables, read only as far as the loader needs them (ACPI 6.5, 5.2).
class Acpi {
  public:
    /// From the root pointer structure (RSDP), if there is one and it is sound.
    [[nodiscard]] static std::optional<Acpi> from_pointer(PhysAddr rsdp);
    /// Looks for the root pointer where a BIOS leaves it (5.2.5.1).
    [[nodiscard]] static std::optional<Acpi> search();

    /// The XSDT, or the RSDT where there is none.
    [[nodiscard]] PhysAddr root() const { return root_; }

    /// Local APIC ids of the processors that may be started, in the table's order (MADT, 5.2.12.2).
    struct Processors {
        std::array<u8, 256> ids{};
        u32 count = 0;
    };
    [[nodiscard]] Processors processors() const;

  private:
    explicit Acpi(PhysAddr root, u32 entry_size) : root_(root), entry_size_(entry_size) {}
    [[nodiscard]] std::optional<PhysAddr> find(std::array<char, 4> signature) const;

    PhysAddr root_;
    u32 entry_size_;
};

} // namespace pith::loader
