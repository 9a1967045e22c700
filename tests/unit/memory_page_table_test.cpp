#include "abi/syscalls.h"
#include "memory_space.h"

#include <gtest/gtest.h>

namespace pith::kernel::test {
namespace {

TEST(PageTable, EntriesAreWhatTheProcessorExpects) {
    Space user;
    const VirtAddr at{0x7000'1234'5000};
    ASSERT_TRUE(user.table.map(at, {0xabc'd000}, pages(1), Protection::read));
    EXPECT_EQ(user.walk(at), std::pair(u64{0x8000'0000'0abc'd005}, 1u)); // NX, user, present
    ASSERT_TRUE(user.table.protect(at, pages(1), Protection::read_write));
    EXPECT_EQ(user.walk(at).first, u64{0x8000'0000'0abc'd007});
    ASSERT_TRUE(user.table.protect(at, pages(1), Protection::read_execute));
    EXPECT_EQ(user.walk(at).first, u64{0x0abc'd005});
    ASSERT_TRUE(
        user.table.map(at + page_size, {0xfeb0'0000}, pages(1), Protection::read_write, Cache::uncached));
    EXPECT_EQ(user.walk(at + page_size).first, u64{0x8000'0000'feb0'001f}); // PWT and PCD: entry 3
    EXPECT_EQ(page_attribute_table >> 24 & 0xff, 0u);                       // uncacheable
    user.audit();

    Space kernel{Half::kernel};
    ASSERT_TRUE(
        kernel.table.map(kernel_start, {0x1000}, pages(1), Protection::read_write, Cache::write_combining));
    EXPECT_EQ(kernel.walk(kernel_start).first, u64{0x8000'0000'0000'110b}); // NX, global, PWT, no user
    EXPECT_EQ(page_attribute_table >> 8 & 0xff, 1u);                        // write-combining
    kernel.audit();
}

TEST(PageTable, RightsBecomeProtections) {
    namespace rights = abi::rights::memory;
    EXPECT_EQ(protection_for(rights::read), Protection::read);
    EXPECT_EQ(protection_for(rights::read | rights::write), Protection::read_write);
    EXPECT_EQ(protection_for(rights::read | rights::execute), Protection::read_execute);
    for (const abi::Rights refused :
         {abi::Rights{0}, rights::write | rights::execute, rights::read | rights::write | rights::execute,
          abi::Rights{8}, abi::rights::copy})
        EXPECT_EQ(protection_for(refused), std::unexpected{Error::bad_argument});
}

TEST(PageTable, RefusesRangesOutsideItsHalf) {
    Space user, kernel{Half::kernel};
    const auto error = [](Space& space, u64 start, u64 count) {
        const auto before = image_of(space);
        const VirtAddr at{start};
        const auto mapped = space.table.map(at, {0x1000}, pages(count), Protection::read);
        EXPECT_FALSE(mapped);
        EXPECT_FALSE(space.table.unmap(at, pages(count)));
        EXPECT_FALSE(space.table.protect(at, pages(count), Protection::read));
        EXPECT_EQ(image_of(space), before);
        return mapped.error_or(Error::closed);
    };
    EXPECT_EQ(error(user, 0x1000, 0), Error::bad_argument);
    EXPECT_EQ(error(user, 0, 1), Error::bad_address);
    EXPECT_EQ(error(user, 0x1001, 1), Error::bad_address);
    EXPECT_EQ(error(user, 0x7fff'ffff'f000, 1), Error::bad_address);
    EXPECT_EQ(error(user, 0x7fff'ffff'e000, 2), Error::bad_address);
    EXPECT_EQ(error(user, 0x8000'0000'0000, 1), Error::bad_address);
    EXPECT_EQ(error(user, 0xffff'7fff'ffff'f000, 2), Error::bad_address);
    EXPECT_EQ(error(user, kernel_start.raw, 1), Error::bad_address);
    EXPECT_EQ(error(user, 0x1000, ~u64{0}), Error::bad_address);
    EXPECT_EQ(error(user, 0x1000, (u64{1} << 52) + 1), Error::bad_address); // bytes wrap to one page
    EXPECT_EQ(error(kernel, 0x1000, 1), Error::bad_address);
    EXPECT_EQ(error(kernel, kernel_start.raw - page_size, 2), Error::bad_address);
    EXPECT_EQ(error(kernel, ~u64{0} << 12, 2), Error::bad_address);

    ASSERT_TRUE(user.table.map(abi::user_start, {0x1000}, pages(1), Protection::read));
    ASSERT_TRUE(user.table.map({0x7fff'ffff'e000}, {0x1000}, pages(1), Protection::read));
    ASSERT_TRUE(kernel.table.map({~u64{0} << 12}, {0x1000}, pages(1), Protection::read));
    EXPECT_EQ(kernel.table.query({~u64{0}})->address, PhysAddr{0x1fff});
    EXPECT_EQ(kernel.table.unmap({~u64{0} << 12}, pages(1))->flush.count, pages(1));
    user.audit();
}

TEST(PageTable, SinglePagesAreChangedWhereTheyAre) {
    Space user;
    const VirtAddr at{0x40'0000};
    ASSERT_TRUE(user.table.map(at, {0x1000}, pages(1), Protection::read));
    const auto before = image_of(user);
    for (const VirtAddr absent : {at + pages(1), at + large_span}) {
        EXPECT_FALSE(user.table.protect_page(absent, Protection::read_write));
        EXPECT_FALSE(user.table.replace_page(absent, {0x2000}));
        EXPECT_FALSE(user.table.unmap_page(absent));
        EXPECT_FALSE(user.table.take_dirty(absent));
    }
    EXPECT_EQ(image_of(user), before);
    EXPECT_TRUE(user.table.replace_page(at, {0x2000}));
    EXPECT_EQ(user.table.query(at)->address, PhysAddr{0x2000});
}

TEST(PageTable, FramesAreMappedAndProtectedWholeOrNot) {
    Space user;
    const auto anywhere = [](u64 n) { return PhysAddr{0x1000 * (n + 1)}; };
    EXPECT_EQ(user.table.map_each({0x40'0001}, pages(2), Protection::read, Cache::normal, anywhere),
              std::unexpected{Error::bad_address});
    const VirtAddr at{huge_span - page_size}; // in two tables
    ASSERT_TRUE(user.table.map(at, {0x1000}, pages(2), Protection::read));
    const auto before = image_of(user);
    const auto longer = user.table.protect(at, pages(3), Protection::read_write);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error(), Error::bad_address);
    EXPECT_EQ(image_of(user), before);
}

TEST(PageTable, RefusesFramesThatDoNotExist) {
    Space space;
    const VirtAddr at{0x1000};
    EXPECT_EQ(space.table.map(at, {0x1001}, pages(1), Protection::read), std::unexpected{Error::bad_address});
    EXPECT_FALSE(space.table.map(at, {u64{1} << 52}, pages(1), Protection::read));
    EXPECT_FALSE(space.table.map(at, {(u64{1} << 52) - page_size}, pages(2), Protection::read));
    EXPECT_FALSE(space.table.map(at, {~u64{0} << 12}, pages(2), Protection::read));
    EXPECT_EQ(space.account.used(), pages(1));
}

TEST(PageTable, MapsAroundWhatIsThere) {
    Space space;
    const VirtAddr at{large_span - 2 * page_size}; // across two tables
    ASSERT_TRUE(space.table.map(at + 3 * page_size, {0x9000}, pages(1), Protection::read));
    const auto before = image_of(space);
    EXPECT_EQ(space.table.map(at, {0x1000}, pages(4), Protection::read), std::unexpected{Error::bad_address});
    EXPECT_EQ(image_of(space), before);
    EXPECT_FALSE(space.table.protect(at, pages(4), Protection::read_write));
    EXPECT_EQ(image_of(space), before);
    ASSERT_TRUE(space.table.map(at, {0x1000}, pages(3), Protection::read));
    const auto flushed = space.table.protect(at, pages(4), Protection::read_write).value();
    EXPECT_EQ(flushed.start, at);
    EXPECT_EQ(flushed.count, pages(4));
    EXPECT_TRUE(space.table.protect(at, pages(4), Protection::read_write)->empty()); // nothing new
    space.audit();
}

TEST(PageTable, MapsFramesThatLieAnywhere) {
    Space space;
    const VirtAddr at{huge_span - 5 * page_size};
    std::vector<u64> asked;
    ASSERT_TRUE(space.table.map_each(at, pages(9), Protection::read_write, Cache::normal, [&](u64 n) {
        asked.push_back(n);
        return PhysAddr{(100 - n * 7) * page_size};
    }));
    EXPECT_EQ(asked, (std::vector<u64>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
    for (u64 n = 0; n < 9; ++n)
        EXPECT_EQ(space.table.query(at + (n * page_size + 5))->address,
                  PhysAddr{(100 - n * 7) * page_size + 5});
    space.audit();
    EXPECT_FALSE(space.table.map_each(at, pages(9), Protection::read, Cache::normal, [&](u64) -> PhysAddr {
        ADD_FAILURE() << "asked for a frame before the range was checked";
        return {};
    }));
}

TEST(PageTable, EmptyTablesStayOutOfUseUntilTheCallerHasFlushed) {
    Space space;
    const VirtAddr at{0x40'0000'0000};
    ASSERT_TRUE(space.table.map(at, {0x1000}, pages(1), Protection::read));
    EXPECT_EQ(space.account.used(), pages(4));
    {
        const Unmapped unmapped = space.table.unmap(at, pages(1)).value();
        EXPECT_EQ(unmapped.flush.start, at);
        EXPECT_EQ(unmapped.retired.size(), 3u);
        EXPECT_EQ(space.account.used(), pages(4));
        EXPECT_FALSE(space.table.query(at));
    }
    EXPECT_EQ(space.account.used(), pages(1));
    space.audit();
}

TEST(PageTable, UnmapsSparseRangesInOneGo) {
    Space space;
    const std::array<u64, 6> addresses{0x1000,    large_span,    huge_span - page_size,
                                       huge_span, 3 * root_span, 255 * root_span + 7 * huge_span};
    for (const u64 at : addresses)
        ASSERT_TRUE(space.table.map({at}, {at & 0xffff'f000}, pages(1), Protection::read));
    const auto all = abi::user_end - abi::user_start;
    const Unmapped unmapped = space.table.unmap(abi::user_start, PageCount::holding(all)).value();
    EXPECT_EQ(unmapped.flush.start, VirtAddr{0x1000});
    EXPECT_EQ(unmapped.flush.start + unmapped.flush.count, VirtAddr{addresses.back() + page_size});
    EXPECT_EQ(space.account.used(), pages(1 + unmapped.retired.size()));
    for (const u64 at : addresses)
        EXPECT_FALSE(space.table.query({at}));
    EXPECT_TRUE(space.table.unmap(abi::user_start, PageCount::holding(all))->flush.empty());
}

TEST(PageTable, ALargePageIsSplitWithoutAChange) {
    Space space;
    const VirtAddr at{huge_span};
    ASSERT_TRUE(space.table.map_large(at, {3 * large_span}, pages(1024), Protection::read_write,
                                      Cache::write_combining, PageSize::large));
    EXPECT_EQ(space.walk(at).second, 2u);
    const auto before = space.table.query(at + 7 * page_size + 5);
    ASSERT_TRUE(space.table.split_at(at)); // at a border there is nothing to split
    EXPECT_EQ(space.walk(at).second, 2u);
    ASSERT_TRUE(space.table.split_at(at + 9 * page_size));
    ASSERT_TRUE(space.table.split_at(at + 10 * page_size));
    for (u64 page = 0; page < 512; ++page)
        ASSERT_EQ(space.walk(at + page * page_size),
                  std::pair((3 * large_span + page * page_size) | u64{0x8000'0000'0000'000f}, 1u));
    const auto after = space.table.query(at + 7 * page_size + 5);
    ASSERT_TRUE(before && after);
    EXPECT_EQ(before->address, after->address);
    EXPECT_EQ(before->protection, after->protection);
    EXPECT_EQ(before->cache, after->cache);
    EXPECT_EQ(space.walk(at + large_span).second, 2u); // the other one is whole
    EXPECT_EQ(space.account.used(), pages(4));
    space.audit();
    ASSERT_TRUE(space.table.unmap(at + page_size, pages(511)));
    ASSERT_TRUE(space.table.unmap(at, pages(1)));
    EXPECT_EQ(space.account.used(), pages(3));
    space.audit();
}

TEST(PageTable, LargePagesWhereTheyFit) {
    Space space{Half::kernel};
    const PhysAddr from{huge_span - large_span - 3 * page_size};
    const PageCount count = PageCount::holding(2 * huge_span + 2 * large_span + 9 * page_size);
    const auto map = [&](VirtAddr at, PageSize largest) {
        return space.table.map_large(at, from, count, Protection::read_write, Cache::normal, largest);
    };
    const auto size_at = [&](VirtAddr at, u64 physical) {
        const auto found = space.table.query(at + (physical - from.raw));
        EXPECT_TRUE(found);
        EXPECT_EQ(found->address, PhysAddr{physical});
        return found->size;
    };
    const VirtAddr direct = kernel_start + from.raw;
    ASSERT_TRUE(map(direct, PageSize::huge));
    EXPECT_EQ(size_at(direct, from.raw + 2 * page_size), PageSize::small);
    EXPECT_EQ(size_at(direct, huge_span - large_span), PageSize::large);
    EXPECT_EQ(size_at(direct, huge_span + 12345), PageSize::huge);
    EXPECT_EQ(size_at(direct, 3 * huge_span - 1), PageSize::huge);
    EXPECT_EQ(size_at(direct, 3 * huge_span), PageSize::large);
    EXPECT_EQ(size_at(direct, 3 * huge_span + large_span + 5 * page_size), PageSize::small);
    EXPECT_FALSE(space.table.query(direct + count));
    EXPECT_EQ(space.account.used(), pages(1 + 1 + 2 + 2));
    space.audit();

    const VirtAddr shifted{kernel_start.raw + 8 * root_span + from.raw +
                           large_span}; // congruent for 2 MiB only
    ASSERT_TRUE(map(shifted, PageSize::huge));
    EXPECT_EQ(size_at(shifted, huge_span), PageSize::large);
    const VirtAddr odd{kernel_start.raw + 16 * root_span};
    ASSERT_TRUE(space.table.map_large(odd, {page_size}, pages(1024), Protection::read, Cache::normal,
                                      PageSize::huge));
    EXPECT_EQ(space.table.query(odd + large_span)->size, PageSize::small);
    space.audit();
}

TEST(PageTable, LargePagesAreNotCut) {
    Space space{Half::kernel};
    const VirtAddr at = kernel_start + 4 * large_span;
    ASSERT_TRUE(
        space.table.map_large(at, {0}, pages(1024), Protection::read, Cache::normal, PageSize::large));
    EXPECT_EQ(space.account.used(), pages(3));
    const auto before = image_of(space);
    for (const auto& [first, count] :
         {std::pair{0u, 511u}, {1u, 511u}, {1u, 1023u}, {0u, 513u}, {700u, 1u}}) {
        const VirtAddr start = at + first * page_size;
        EXPECT_EQ(space.table.unmap(start, pages(count)).error(), Error::bad_address)
            << first << ' ' << count;
        EXPECT_EQ(space.table.protect(start, pages(count), Protection::read_write).error(),
                  Error::bad_address);
        EXPECT_EQ(space.table.map(start, {0}, pages(count), Protection::read).error(), Error::bad_address);
    }
    EXPECT_EQ(image_of(space), before);
    ASSERT_TRUE(space.table.protect(at, pages(512), Protection::read_write));
    EXPECT_EQ(space.table.query(at)->protection, Protection::read_write);
    EXPECT_EQ(space.table.query(at + large_span)->protection, Protection::read);
    EXPECT_EQ(space.table.unmap(at, pages(1024))->flush.count, pages(1024));
    EXPECT_EQ(space.account.used(), pages(2)); // the kernel's third-level table stays
    // A large page does not go where small ones are.
    ASSERT_TRUE(space.table.map(at + 5 * page_size, {0}, pages(1), Protection::read));
    EXPECT_FALSE(
        space.table.map_large(at, {0}, pages(512), Protection::read, Cache::normal, PageSize::large));
    space.audit();
}

TEST(PageTable, KeepsOffTheOtherHalf) {
    Space space;
    PageEntry* root = reinterpret_cast<PageEntry*>(space.arena.access()(space.table.root()));
    // What share_kernel_half does: entries of somebody else's tables.
    Space kernel{Half::kernel};
    ASSERT_TRUE(kernel.table.map_large(kernel_start, {0}, PageCount::holding(huge_span), Protection::read,
                                       Cache::normal, PageSize::huge));
    const auto shared = space.account.take_zeroed_frame().value();
    root[256] = PageEntry::to_table(shared, false);
    {
        const PageTable ends = std::move(space.table);
    }
    EXPECT_EQ(space.account.used(), pages(1));
    space.account.give_frame(shared);
}

TEST(PageTable, EndGivesEverythingBack) {
    Arena arena{64};
    Account account{arena.allocator(), arena.access(), pages(64)};
    for (const Half half : {Half::user, Half::kernel}) {
        PageTable table = PageTable::create(account, half).value();
        const u64 base = half == Half::user ? 0 : kernel_start.raw;
        for (u64 n = 1; n < 8; ++n)
            ASSERT_TRUE(table.map({base + n * root_span / 3 / page_size * page_size}, {0x5000}, pages(2),
                                  Protection::read));
        ASSERT_TRUE(table.map_large({base + huge_span}, {0}, PageCount::holding(large_span), Protection::read,
                                    Cache::normal, PageSize::large));
        const PageTable moved = std::move(table);
        EXPECT_GT(account.used().raw, 10u);
    }
    EXPECT_EQ(account.used(), pages(0));
    EXPECT_EQ(arena.free_frames(), 63u);
}

TEST(PageTable, QueryKnowsCanonicalAddresses) {
    Space space;
    ASSERT_TRUE(space.table.map({0x7fff'ffff'e000}, {0x1000}, pages(1), Protection::read));
    EXPECT_TRUE(space.table.query({0x7fff'ffff'e123}));
    EXPECT_FALSE(space.table.query({0x1'7fff'ffff'e123})); // the same indices, but no such address
    EXPECT_FALSE(space.table.query({0xffff'7fff'ffff'e123}));
    EXPECT_FALSE(space.table.query({0}));
}

} // namespace
} // namespace pith::kernel::test
