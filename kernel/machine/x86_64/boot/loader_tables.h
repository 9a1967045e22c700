#pragma once

#include "kernel/machine/x86_64/cpu.h"
#include "kernel/memory/page_cursor.h"

#include <optional>

namespace pith::kernel {

/// The page tables that the loader left us on. It promises an identity mapping of the first 4 GiB at least,
/// and its own tables lie there.
class LoaderTables {
  public:
    LoaderTables() : root_{cpu::read_cr3() & PageEntry::address_mask} {}

    /// Where a virtual address lies; nothing where it is not mapped.
    [[nodiscard]] std::optional<PhysAddr> translate(VirtAddr address) const {
        const PageCursor cursor{FrameAccess{nullptr}, root_, address};
        const unsigned level = cursor.level();
        if (!cursor.entry().is_page(level)) return std::nullopt;
        const u64 within_page = span_of(level) - 1;
        return PhysAddr{(cursor.entry().address().raw & ~within_page) | (address.raw & within_page)};
    }
    /// Whether [base, base + size) can be read where it lies.
    [[nodiscard]] bool shows(PhysAddr base, u64 size) const {
        if (size == 0 || size > u64{1} << 32 || base.raw > highest - size) return false;
        for (u64 page = align_down(base.raw, page_size); page < base.raw + size; page += page_size)
            if (translate({page}) != base_of(page)) return false;
        return true;
    }

  private:
    static constexpr u64 highest = u64{1} << 40;
    static std::optional<PhysAddr> base_of(u64 page) { return PhysAddr{page}; }

    PhysAddr root_;
};

} // namespace pith::kernel
