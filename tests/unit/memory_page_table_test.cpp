#include "abi/syscalls.h"
#include "kernel/memory/page_table.h"
#include "memory_arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace pith::kernel::test {
namespace {

using Half = PageTable::Half;

constexpr u64 large_span = u64{2} << 20;
constexpr u64 huge_span = u64{1} << 30;
constexpr u64 root_span = u64{512} << 30;
constexpr VirtAddr kernel_start{0xffff'8000'0000'0000};

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
[[nodiscard]] std::vector<std::byte> image_of(const Space& space) {
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

/// Pages around places where tables meet.
VirtAddr place(Random& random) {
    constexpr std::array<u64, 5> corners{0x1000, large_span, huge_span, 5 * root_span, 0x7fff'ffff'8000};
    return {align_down(corners[random.below(corners.size())] + random.below(12) * page_size -
                           (random.below(2) ? 6 * page_size : 0),
                       page_size)};
}

TEST(PageTable, AgreesWithAMap) {
    struct Page {
        PhysAddr frame;
        Protection protection;
    };
    for (u64 seed = 1; seed <= 10; ++seed) {
        Space space;
        std::map<VirtAddr, Page> model;
        Random random{seed};
        for (unsigned step = 0; step < 400; ++step) {
            const VirtAddr at = place(random);
            const u64 count = random.below(9) + 1;
            const PhysAddr frame{random.below(1000) * page_size};
            const auto protection = static_cast<Protection>(random.below(3));
            const bool legal =
                at >= abi::user_start && at + count * page_size <= abi::user_end && at < abi::user_end;
            u64 present = 0;
            for (u64 n = 0; n < count; ++n)
                present += model.count(at + n * page_size);
            switch (random.below(3)) {
            case 0: {
                const bool expected = legal && present == 0;
                ASSERT_EQ(space.table.map(at, frame, pages(count), protection).has_value(), expected);
                for (u64 n = 0; expected && n < count; ++n)
                    model[at + n * page_size] = {frame + n * page_size, protection};
                break;
            }
            case 1: {
                const auto unmapped = space.table.unmap(at, pages(count));
                ASSERT_EQ(unmapped.has_value(), legal);
                if (legal) {
                    const VirtAddr end = at + count * page_size;
                    const auto first = model.lower_bound(at), last = model.lower_bound(end);
                    ASSERT_EQ(unmapped->flush.empty(), first == last);
                    if (first != last) {
                        ASSERT_EQ(unmapped->flush.start, first->first);
                        ASSERT_EQ(unmapped->flush.start + unmapped->flush.count,
                                  std::prev(last)->first + page_size);
                    }
                    model.erase(first, last);
                }
                break;
            }
            case 2: {
                const bool expected = legal && present == count;
                ASSERT_EQ(space.table.protect(at, pages(count), protection).has_value(), expected);
                for (u64 n = 0; expected && n < count; ++n)
                    model[at + n * page_size].protection = protection;
            }
            }
            for (const VirtAddr probe :
                 {at, at + (count - 1) * page_size, at + count * page_size, place(random)}) {
                const auto found = space.table.query(probe);
                const auto expected = model.find(probe);
                ASSERT_EQ(found.has_value(), expected != model.end());
                if (found) {
                    ASSERT_EQ(found->address, expected->second.frame);
                    ASSERT_EQ(found->protection, expected->second.protection);
                    ASSERT_EQ(found->size, PageSize::small);
                }
            }
            if (step % 40 == 0) space.audit();
        }
        space.audit();
        for (const auto& [at, page] : model)
            ASSERT_EQ(space.table.query(at)->address, page.frame);
        ASSERT_TRUE(space.table.unmap(abi::user_start, PageCount::holding(abi::user_end - abi::user_start)));
        EXPECT_EQ(space.account.used(), pages(1));
    }
}

/// Runs an operation with 0, 1, 2, … frames to spare until it succeeds; until then it must leave no trace.
template <class Operation>
void fail_everywhere(Half half, u64 expected_frames, Operation operation) {
    for (u64 spare = 0;; ++spare) {
        Space space{half};
        const VirtAddr neighbour{half == Half::user ? 3 * root_span : kernel_start.raw + 3 * root_span};
        ASSERT_TRUE(space.table.map(neighbour, {0x1000}, pages(1), Protection::read));
        const auto before = image_of(space);
        const PageCount used = space.account.used();
        const PageCount blocked = space.account.available() - pages(spare);
        ASSERT_TRUE(space.account.reserve(blocked));
        const Result<> result = operation(space);
        space.account.release(blocked);
        space.audit();
        if (result) {
            EXPECT_EQ(spare, expected_frames);
            return;
        }
        EXPECT_EQ(result.error(), Error::no_memory);
        EXPECT_EQ(image_of(space), before) << spare;
        EXPECT_EQ(space.account.used(), used);
        ASSERT_LT(spare, 20u);
    }
}

TEST(PageTableOutOfMemory, LeavesNoTrace) {
    const auto map = [](u64 at, u64 count) {
        return [=](Space& space) { return space.table.map({at}, {0x2000}, pages(count), Protection::read); };
    };
    fail_everywhere(Half::user, 3, map(0x1000, 1));
    fail_everywhere(Half::user, 0, map(3 * root_span + page_size, 4)); // beside the neighbour
    fail_everywhere(Half::user, 4, map(large_span - page_size, 2));
    fail_everywhere(Half::user, 5, map(huge_span - page_size, 2));
    fail_everywhere(Half::user, 6, map(root_span - page_size, 2));
    fail_everywhere(Half::user, 3, map(3 * root_span - 2 * page_size, 2));
    fail_everywhere(Half::user, 5, map(large_span - page_size, 514));
    fail_everywhere(Half::user, 5, [](Space& space) {
        return space.table.map_each({huge_span - page_size}, pages(2), Protection::read, Cache::normal,
                                    [](u64 n) { return PhysAddr{n * page_size}; });
    });
    fail_everywhere(Half::kernel, 5, map(kernel_start.raw + huge_span - page_size, 2));
    fail_everywhere(Half::user, 5, [](Space& space) { // small, large, huge, large, small
        const u64 from = huge_span - large_span - page_size;
        return space.table.map_large({from}, {from},
                                     PageCount::holding(2 * (huge_span - from)) + pages(262144),
                                     Protection::read, Cache::normal, PageSize::huge);
    });
}

TEST(PageTableOutOfMemory, OfTheMachineRatherThanTheAccount) {
    for (u64 frames = 1; frames < 5; ++frames) {
        Arena arena{frames};
        Account account{arena.allocator(), arena.access(), pages(100)};
        if (auto table = PageTable::create(account)) {
            EXPECT_EQ(table->map({0x1000}, {0}, pages(1), Protection::read),
                      std::unexpected{Error::no_memory});
            EXPECT_EQ(account.used(), pages(1));
        }
        EXPECT_EQ(arena.free_frames(), frames - 1);
    }
}

} // namespace
} // namespace pith::kernel::test
