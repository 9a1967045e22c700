#pragma once

#include "base/acpi.h"
#include "os/system.h"

#include <optional>
#include <vector>

namespace pith::os::devices {

/// The firmware's tables, copied.
class Firmware {
  public:
    struct Table {
        PhysAddr address;
        std::vector<std::byte> bytes;
    };
    /// Those that can be read and add up; none where there is no root table.
    [[nodiscard]] static Firmware read(const System& system);

    [[nodiscard]] const std::vector<Table>& tables() const { return tables_; }
    [[nodiscard]] std::optional<acpi::ConfigurationWindow> configuration_window() const;

  private:
    std::vector<Table> tables_;
};

} // namespace pith::os::devices
