#pragma once

#include "base/checked.h"
#include "base/strong.h"

namespace pith {

inline constexpr u64 page_size = 4096;
inline constexpr u64 page_shift = 12;

/// An address on the machine's bus.
using PhysAddr = Strong<struct PhysAddrTag>;
/// An address as a program sees it.
using VirtAddr = Strong<struct VirtAddrTag>;

/// A number of 4 KiB pages (virtual) or frames (physical).
struct PageCount : Strong<struct PageCountTag> {
    [[nodiscard]] constexpr u64 bytes() const { return raw << page_shift; }
    /// The pages that `bytes` bytes touch when they start on a page; `bytes` below 2^64 - 4095.
    [[nodiscard]] static constexpr PageCount holding(u64 bytes) {
        return {{(bytes + page_size - 1) >> page_shift}};
    }
};
[[nodiscard]] constexpr PageCount pages(u64 count) { return PageCount{{count}}; }
[[nodiscard]] constexpr PageCount operator+(PageCount a, PageCount b) { return pages(a.raw + b.raw); }
[[nodiscard]] constexpr PageCount operator-(PageCount a, PageCount b) { return pages(a.raw - b.raw); }
constexpr PageCount& operator+=(PageCount& a, PageCount b) { return a = a + b; }
constexpr PageCount& operator-=(PageCount& a, PageCount b) { return a = a - b; }

[[nodiscard]] constexpr PhysAddr operator+(PhysAddr a, u64 bytes) { return {a.raw + bytes}; }
[[nodiscard]] constexpr VirtAddr operator+(VirtAddr a, u64 bytes) { return {a.raw + bytes}; }
[[nodiscard]] constexpr PhysAddr operator+(PhysAddr a, PageCount n) { return {a.raw + n.bytes()}; }
[[nodiscard]] constexpr VirtAddr operator+(VirtAddr a, PageCount n) { return {a.raw + n.bytes()}; }
[[nodiscard]] constexpr u64 operator-(PhysAddr a, PhysAddr b) { return a.raw - b.raw; }
[[nodiscard]] constexpr u64 operator-(VirtAddr a, VirtAddr b) { return a.raw - b.raw; }

template <class A>
[[nodiscard]] constexpr bool is_page_aligned(A address) {
    return is_aligned(address.raw, page_size);
}

} // namespace pith
