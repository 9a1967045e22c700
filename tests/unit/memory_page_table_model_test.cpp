#include "abi/syscalls.h"
#include "memory_space.h"

#include <gtest/gtest.h>

#include <map>

namespace pith::kernel::test {
namespace {

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
