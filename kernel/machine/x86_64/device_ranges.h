#pragma once

#include "base/address.h"

#include <array>
#include <optional>
#include <span>

namespace pith::kernel {

/// Which parts of the bus are devices that a driver may be given: no RAM, whoever uses it, and none of the
/// kernel's own registers. The memory map does not name devices, so this goes by where RAM ends.
class DeviceRanges {
  public:
    static constexpr u64 low_end = u64{1} << 32; ///< 4 GiB: below it lies the hole for devices
    static constexpr u64 ram_granule = u64{64} << 20;

    /// `low_top`, `high_top`: ends of what may be RAM below and above 4 GiB. They are rounded up, because
    /// what lies behind the last named byte may still be RAM that the firmware keeps to itself.
    DeviceRanges() = default;
    DeviceRanges(PhysAddr low_top, PhysAddr high_top, u32 physical_bits);

    /// Registers that stay the kernel's, by whole pages.
    void reserve(PhysAddr base, u64 size = 1);
    /// A table of the firmware's, which programs may read: its pages count as a device's, although they are
    /// RAM.
    void show(PhysAddr base, u64 size);
    /// Writing here is not an access to registers but an interrupt (SDM vol. 3, 11.11.1): nobody's.
    static constexpr PhysAddr messages{0xfee0'0000};
    static constexpr u64 messages_size = u64{1} << 20;

    [[nodiscard]] bool is_device_memory(PhysAddr base, PageCount count) const;

  private:
    u64 low_top_ = low_end, high_top_ = low_end, end_ = low_end;
    struct Range {
        u64 first, end;
    };
    std::array<Range, 24> reserved_{};
    u32 reserved_count_ = 0;
    std::array<Range, 66> shown_{};
    u32 shown_count_ = 0;
};

} // namespace pith::kernel
