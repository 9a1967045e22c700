#include "loader/page_tables.h"
#include "loader/physical.h"

#include <gtest/gtest.h>

#include <optional>
#include <sys/mman.h>

namespace pith::loader {
namespace {

/// Memory below 4 GiB that is its own physical memory.
class PageTablesTest : public testing::Test {
  protected:
    static constexpr u64 size = 256 * page_size;
    PageTablesTest() {
        arena_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        const u64 start = physical_address(arena_).raw;
        const Piece piece{start, start + size, Use::free};
        memory_ = *MemoryMap::from_firmware({&piece, 1});
    }
    ~PageTablesTest() override { munmap(arena_, size); }

    static std::optional<u64> translate(const PageTables& tables, u64 address) {
        u64 table = tables.root().raw;
        for (u32 level = 3;; --level) {
            const u32 shift = 12 + 9 * level;
            const u64 entry = read_physical<u64>(PhysAddr{table + 8 * ((address >> shift) & 511)});
            if ((entry & 3) != 3) return std::nullopt;
            const u64 page = u64{1} << shift;
            if (level == 0 || (entry & 0x80) != 0)
                return (entry & 0x000f'ffff'ffff'f000 & ~(page - 1)) + (address & (page - 1));
            table = entry & 0x000f'ffff'ffff'f000;
        }
    }

    void* arena_;
    MemoryMap memory_;
};

TEST_F(PageTablesTest, MapsTheFirst16GibOneToOne) {
    const auto tables = PageTables::with_identity(memory_);
    ASSERT_TRUE(tables);
    for (u64 at = 0; at < PageTables::identity_limit; at += 0x1ff000)
        ASSERT_EQ(translate(*tables, at), at);
    EXPECT_EQ(translate(*tables, PageTables::identity_limit - 1), PageTables::identity_limit - 1);
    EXPECT_EQ(translate(*tables, PageTables::identity_limit), std::nullopt);
}

TEST_F(PageTablesTest, MapsPagesOnceOnly) {
    auto tables = PageTables::with_identity(memory_);
    ASSERT_TRUE(tables);
    constexpr VirtAddr at{0xffff'ffff'ffdf'f000};
    ASSERT_TRUE(tables->map(at, {0x5000}, pages(3)));
    EXPECT_EQ(translate(*tables, at.raw), 0x5000u);
    EXPECT_EQ(translate(*tables, at.raw + 2 * page_size + 7), 0x7007u);
    EXPECT_EQ(translate(*tables, at.raw + 3 * page_size), std::nullopt);
    EXPECT_FALSE(tables->map(at + pages(2), {0x9000}, pages(1)));
    EXPECT_EQ(translate(*tables, at.raw + 2 * page_size), 0x7000u);
}

TEST_F(PageTablesTest, AFramebufferEndsWhereTheKernelBegins) {
    auto tables = PageTables::with_identity(memory_);
    ASSERT_TRUE(tables);
    ASSERT_TRUE(tables->map(bootboot::default_kernel, {0x5000}, pages(1)));
    ASSERT_TRUE(tables->map_while_unmapped(bootboot::default_framebuffer, {0xc000'0000}, u64{1} << 30));
    EXPECT_EQ(translate(*tables, bootboot::default_framebuffer.raw + 12345), 0xc000'0000u + 12345);
    EXPECT_EQ(translate(*tables, 0xffff'ffff'ffdf'ffff), 0xc000'0000u + (u64{62} << 20) - 1);
    EXPECT_EQ(translate(*tables, bootboot::default_kernel.raw), 0x5000u);
    EXPECT_EQ(translate(*tables, bootboot::default_information.raw), std::nullopt);
}

TEST_F(PageTablesTest, AFramebufferBetweenLargePagesIsMappedExactly) {
    auto tables = PageTables::with_identity(memory_);
    ASSERT_TRUE(tables);
    ASSERT_TRUE(tables->map_while_unmapped(bootboot::default_framebuffer, {0xc00f'3000}, u64{3} << 20));
    for (u64 at = 0; at < u64{3} << 20; at += page_size)
        ASSERT_EQ(translate(*tables, bootboot::default_framebuffer.raw + at), 0xc00f'3000 + at);
}

TEST_F(PageTablesTest, StopsAtTheTopOfTheAddressSpace) {
    auto tables = PageTables::with_identity(memory_);
    ASSERT_TRUE(tables);
    ASSERT_TRUE(tables->map_while_unmapped({0xffff'ffff'ffe0'0000}, {0xc000'0000}, u64{1} << 30));
    EXPECT_EQ(translate(*tables, ~u64{0}), 0xc01f'ffffu);
    EXPECT_EQ(translate(*tables, 0), 0u);
}

TEST_F(PageTablesTest, SaysWhenMemoryIsOut) {
    while (memory_.take(pages(1), u64{1} << 32)) {
    }
    EXPECT_FALSE(PageTables::with_identity(memory_));
}

} // namespace
} // namespace pith::loader
