#pragma once

#include "base/environment.h"
#include "bootboot/bootboot.h"
#include "kernel/debug/log.h"
#include "kernel/machine/x86_64/boot/loader_tables.h"
#include "kernel/machine/x86_64/tables/range_set.h"

#include <array>

namespace pith::kernel {

/// What the loader says, copied out of its pages so that nobody changes it afterwards.
class LoaderInformation {
  public:
    LoaderInformation();

    [[nodiscard]] const bootboot::Information& header() const { return information_; }
    [[nodiscard]] Environment environment() const { return Environment{{text_.data(), text_.size()}}; }

    /// How many cores the loader says it starts besides the boot core.
    [[nodiscard]] u32 other_cores() const {
        return information_.core_count > 0 ? u32{information_.core_count} - 1u : 0;
    }

    /// RAM that is free, as whole pages, whatever the map looks like: unsorted, unaligned, overlapping, with
    /// page 0 or devices in it. `used`, holes, and what is known to be in use are out.
    [[nodiscard]] RangeSet free_memory(const LoaderTables& tables) const;
    /// Whether the map calls a part of these pages free.
    [[nodiscard]] bool has_free(PhysAddr base, u64 size) const;
    /// Ends of what is RAM below and above 4 GiB.
    [[nodiscard]] std::array<PhysAddr, 2> memory_ends() const;

  private:
    bootboot::Information information_;
    std::array<char, page_size> text_;
};

} // namespace pith::kernel
