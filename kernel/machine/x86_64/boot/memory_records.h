#pragma once

#include "kernel/machine/x86_64/tables/range_set.h"
#include "kernel/memory/frame_allocator.h"

namespace pith::kernel {

/// The frame allocator's records, in memory taken off the free ranges before there is an allocator.
class MemoryRecords {
  public:
    /// Below 4 GiB the loader shows all memory where it lies; above it need not.
    static constexpr u64 low_end = u64{1} << 32;
    enum class Part : u8 { low, high };

    /// Finds room and clears it.
    [[nodiscard]] static MemoryRecords place(const RangeSet& memory);

    /// The records through a mapping of all memory that starts at `base`.
    [[nodiscard]] std::span<FrameRecord> seen_at(VirtAddr base) const;
    /// Gives one part of the free ranges to the allocator, without what the records themselves occupy.
    void add_memory(FrameAllocator& allocator, const RangeSet& memory, Part part) const;

  private:
    PhysAddr base_{};
    u64 frames_ = 0; ///< that there are records for
};

} // namespace pith::kernel
