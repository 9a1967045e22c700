#pragma once

#include "loader/memory_map.h"

namespace pith::loader {

/// The page tables that the kernel starts on: four levels, everything present and writable, nothing for user
/// mode (Intel SDM vol. 3, 4.5). Tables come from the memory map, below 4 GiB, so that a core can load their
/// root before it is in 64-bit mode.
class PageTables {
  public:
    static constexpr u64 large_page = u64{2} << 20;
    static constexpr u64 identity_limit = u64{16} << 30;

    /// Tables that map [0, 16 GiB) one to one. `map` must outlive them.
    [[nodiscard]] static Outcome<PageTables> with_identity(MemoryMap& map);

    /// Fails where something is mapped already.
    [[nodiscard]] Outcome<> map(VirtAddr at, PhysAddr from, PageCount count);

    /// As much of [at, at + size) as is still unmapped, up to the first page that is not.
    [[nodiscard]] Outcome<> map_while_unmapped(VirtAddr at, PhysAddr from, u64 size);

    [[nodiscard]] PhysAddr root() const { return root_; }

  private:
    using Table = std::array<u64, 512>;
    PageTables(MemoryMap& memory, PhysAddr root) : memory_(&memory), root_(root) {}
    [[nodiscard]] static Outcome<PhysAddr> new_table(MemoryMap& memory);
    [[nodiscard]] Outcome<> identity();
    [[nodiscard]] Outcome<u64*> entry_for(VirtAddr at, u32 level);
    [[nodiscard]] Outcome<bool> map_one(VirtAddr at, PhysAddr from, u32 level);

    MemoryMap* memory_;
    PhysAddr root_;
};

} // namespace pith::loader
