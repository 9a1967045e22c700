#pragma once

#include "base/address.h"

namespace pith::kernel {

/// Where the kernel sees physical memory: all of it, at one distance (the direct map; an arena on the host).
struct FrameAccess {
    std::byte* base;

    [[nodiscard]] std::byte* operator()(PhysAddr address) const { return base + address.raw; }
    /// The way back; `seen` is an address that operator() gave, or one behind it in the same frame.
    [[nodiscard]] PhysAddr address_of(const std::byte* seen) const { return {static_cast<u64>(seen - base)}; }
};

} // namespace pith::kernel
