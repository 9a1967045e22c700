#pragma once

#include "kernel/memory/page_table.h"
#include "memory_arena.h"

#include <gtest/gtest.h>

#include <cstring>

namespace pith::kernel::test {

using Half = PageTable::Half;

inline constexpr u64 large_span = u64{2} << 20;
inline constexpr u64 huge_span = u64{1} << 30;
inline constexpr u64 root_span = u64{512} << 30;
inline constexpr VirtAddr kernel_start{0xffff'8000'0000'0000};

/// A page table with its memory, and a second opinion about both, read as the processor reads it.
class Space {
  public:
    explicit Space(Half half = Half::user, u64 limit = 200)
        : account{arena.allocator(), arena.access(), pages(limit)},
          table{PageTable::create(account, half).value()},
          half_{half} {}

    /// Walks every table of this half: no frame is charged that is not in the tree, no table is empty, and
    /// what is counted in the entries is so.
    void audit() const {
        u64 tables = 1;
        const u64 first = half_ == Half::user ? 0 : 256;
        for (u64 n = first; n < first + 256; ++n) {
            const u64 entry = entry_at(table.root(), n);
            if ((entry & 1) != 0) audit_table(entry, 3, tables);
        }
        EXPECT_EQ(account.used().raw, tables);
    }
    [[nodiscard]] u64 entry_at(PhysAddr of, u64 n) const {
        u64 entry;
        std::memcpy(&entry, arena.access()(of) + n * 8, 8);
        return entry;
    }
    /// The entry that maps an address, and its level; 0 where there is none.
    [[nodiscard]] std::pair<u64, unsigned> walk(VirtAddr address) const {
        PhysAddr at = table.root();
        for (unsigned level = 4;; --level) {
            const u64 entry = entry_at(at, address.raw >> (3 + 9 * level) & 511);
            if ((entry & 1) == 0) return {0, 0};
            if (level == 1 || (entry & 0x80) != 0) return {entry, level};
            at = {entry & 0x000f'ffff'ffff'f000};
        }
    }

    Arena arena{256};
    Account account;
    PageTable table;

  private:
    void audit_table(u64 entry, unsigned level, u64& tables) const {
        ++tables;
        EXPECT_EQ(entry & 3, 3u);
        EXPECT_EQ((entry & 4) != 0, half_ == Half::user);
        EXPECT_EQ(entry >> 63, 0u);
        u64 used = 0;
        for (u64 n = 0; n < 512; ++n) {
            const u64 below = entry_at({entry & 0x000f'ffff'ffff'f000}, n);
            if ((below & 1) == 0) {
                EXPECT_EQ(below, 0u);
                continue;
            }
            ++used;
            if (level > 1 && (below & 0x80) == 0) audit_table(below, level - 1, tables);
        }
        EXPECT_EQ(used, entry >> 52 & 0x3ff);
        if (half_ == Half::user || level < 3) {
            EXPECT_GT(used, 0u);
        }
    }

    Half half_;
};

/// All of a space's memory, to see that nothing has changed.
[[nodiscard]] inline std::vector<std::byte> image_of(const Space& space) {
    std::vector<std::byte> image;
    const auto add = [&](auto& self, PhysAddr table, unsigned level) -> void {
        image.insert(image.end(), space.arena.access()(table), space.arena.access()(table) + page_size);
        if (level == 1) return;
        for (u64 n = 0; n < 512; ++n) {
            const u64 entry = space.entry_at(table, n);
            if ((entry & 0x81) == 1) self(self, {entry & 0x000f'ffff'ffff'f000}, level - 1);
        }
    };
    add(add, space.table.root(), 4);
    return image;
}

} // namespace pith::kernel::test
