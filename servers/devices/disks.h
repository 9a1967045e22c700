#pragma once

#include "base/text.h"
#include "proto/devices.h"

#include <vector>

namespace pith::os::devices {

/// The disks and partitions that drivers have found, in an order that does not depend on who was first.
class Disks {
  public:
    struct Disk {
        u64 driver; ///< drivers are in the order of their devices
        proto::devices::DiskFound found;
    };

    void forget_all_of(u64 driver);
    void add(u64 driver, const proto::devices::DiskFound& found);
    [[nodiscard]] const std::vector<Disk>& all() const { return disks_; }
    /// `disk0`, `disk0p1`.
    [[nodiscard]] Text<32> name_of(const Disk& disk) const;
    /// By that name, or a partition's own; null. Two names are kinds, of which the first is meant: `@efi`, an
    /// EFI system partition, and `@data`, any other, or a disk without partitions.
    [[nodiscard]] const Disk* find(std::string_view name) const;

  private:
    std::vector<Disk> disks_;
};

} // namespace pith::os::devices
