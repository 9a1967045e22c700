#include "loader/page_tables.h"

#include "loader/physical.h"

namespace pith::loader {

namespace {

// Intel SDM vol. 3, table 4-15 ff.
constexpr u64 present = 1 << 0;
constexpr u64 writable = 1 << 1;
constexpr u64 large = 1 << 7;
constexpr u64 address_mask = 0x000f'ffff'ffff'f000;

constexpr u64 below_4_gib = u64{1} << 32;

/// Levels count from the page: 0 for 4 KiB pages, 1 for 2 MiB pages.
constexpr u32 root_level = 3;
constexpr u64 index_at(VirtAddr at, u32 level) { return (at.raw >> (page_shift + 9 * level)) & 511; }

} // namespace

Outcome<PhysAddr> PageTables::new_table(MemoryMap& memory) {
    const PhysAddr page = TRY(memory.take(pages(1), below_4_gib));
    std::memset(physical_pointer(page), 0, page_size);
    return page;
}

Outcome<PageTables> PageTables::with_identity(MemoryMap& map) {
    PageTables tables{map, TRY(new_table(map))};
    TRY(tables.identity());
    return tables;
}

Outcome<> PageTables::identity() {
    // Small pages for the first 2 MiB: memory types change within it (SDM vol. 3, 12.11.9).
    TRY(map({0}, {0}, pages(large_page / page_size)));
    const u64 half_table = large_page * 512;
    for (u64 start = 0; start < identity_limit; start += half_table) {
        u64* const first = TRY(entry_for({start + (start == 0 ? large_page : 0)}, 1));
        const u64 count = start == 0 ? 511 : 512;
        for (u64 i = 0; i < count; ++i)
            first[i] = (start + (512 - count + i) * large_page) | present | writable | large;
    }
    return {};
}

Outcome<> PageTables::map(VirtAddr at, PhysAddr from, PageCount count) {
    for (u64 i = 0; i < count.raw; ++i)
        if (!TRY(map_one(at + pages(i), from + pages(i), 0)))
            return give_up("the kernel, its stacks and its information pages overlap");
    return {};
}

Outcome<> PageTables::map_while_unmapped(VirtAddr at, PhysAddr from, u64 size) {
    const bool by_large_pages = is_aligned(at.raw | from.raw, large_page);
    const u32 level = by_large_pages ? 1 : 0;
    const u64 step = by_large_pages ? large_page : page_size;
    for (u64 done = 0; done < size; done += step) {
        if (at.raw + done < at.raw) break; // the top of the address space
        if (!TRY(map_one(at + done, from + done, level))) break;
    }
    return {};
}

/// The entry for `at` in the table of `level`, with the tables on the way to it; null if a larger page is
/// there.
Outcome<u64*> PageTables::entry_for(VirtAddr at, u32 level) {
    PhysAddr table = root_;
    for (u32 l = root_level; l > level; --l) {
        u64& entry = place_physical<Table>(table)[index_at(at, l)];
        if ((entry & present) == 0) entry = TRY(new_table(*memory_)).raw | present | writable;
        if ((entry & large) != 0) return nullptr;
        table = PhysAddr{entry & address_mask};
    }
    return &place_physical<Table>(table)[index_at(at, level)];
}

/// False if the place is taken.
Outcome<bool> PageTables::map_one(VirtAddr at, PhysAddr from, u32 level) {
    u64* const entry = TRY(entry_for(at, level));
    if (entry == nullptr || (*entry & present) != 0) return false;
    *entry = from.raw | present | writable | (level > 0 ? large : 0);
    return true;
}

} // namespace pith::loader
