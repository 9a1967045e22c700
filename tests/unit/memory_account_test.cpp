#include "kernel/memory/marks.h"
#include "kernel/memory/surpluses.h"
#include "memory_arena.h"

#include <gtest/gtest.h>

namespace pith::kernel::test {
namespace {

TEST(Account, NeverExceedsItsLimit) {
    Arena arena{16};
    Account account{arena.allocator(), arena.access(), pages(2)};
    const PhysAddr a = account.take_frame().value();
    const PhysAddr b = account.take_frame().value();
    EXPECT_EQ(account.take_frame(), std::unexpected{Error::no_memory});
    EXPECT_EQ(account.used(), pages(2));
    account.give_frame(a);
    EXPECT_EQ(account.available(), pages(1));
    account.give_frame(b);
    EXPECT_EQ(arena.free_frames(), 15u);
}

TEST(Account, FailsWhereTheMachineIsOutOfFrames) {
    Arena arena{3};
    Account account{arena.allocator(), arena.access(), pages(100)};
    const PhysAddr a = account.take_frame().value();
    const PhysAddr b = account.take_frame().value();
    EXPECT_EQ(account.take_frame(), std::unexpected{Error::no_memory});
    EXPECT_EQ(account.take_zeroed_frame(), std::unexpected{Error::no_memory});
    EXPECT_EQ(account.used(), pages(2)); // not charged for what it did not get
    account.give_frame(a);
    account.give_frame(b);
}

TEST(Account, GivesZeroedFrames) {
    Arena arena{2};
    Account account{arena.allocator(), arena.access(), pages(1)};
    const PhysAddr dirty = account.take_frame().value();
    arena.access()(dirty)[page_size - 1] = std::byte{1};
    account.give_frame(dirty);
    const PhysAddr frame = account.take_zeroed_frame().value();
    for (u64 n = 0; n < page_size; ++n)
        ASSERT_EQ(arena.access()(frame)[n], std::byte{0});
    account.give_frame(frame);
}

TEST(Account, ReservesForChildrenWithoutWrapping) {
    Arena arena{16};
    Account parent{arena.allocator(), arena.access(), pages(10)};
    EXPECT_FALSE(parent.reserve(pages(11)));
    EXPECT_FALSE(parent.reserve(pages(~u64{0})));
    EXPECT_TRUE(parent.reserve(pages(9)));
    EXPECT_FALSE(parent.reserve(pages(2)));
    EXPECT_FALSE(parent.reserve(pages(~u64{0} - 5))); // 9 + this wraps to a small number
    EXPECT_TRUE(parent.reserve(pages(0)));
    EXPECT_TRUE(parent.reserve(pages(1)));
    EXPECT_FALSE(parent.take_frame());
    EXPECT_EQ(parent.used(), parent.limit());
    parent.release(pages(10));
}

TEST(Account, TellsNobodyWhoDoesNotWatchAnyMore) {
    Arena arena{16};
    Account account{arena.allocator(), arena.access(), pages(10)};
    bool changed = false, unsettled = false;
    Marks marks{changed, unsettled};
    account.watch(marks, pages(8));
    account.unwatch();
    EXPECT_TRUE(account.reserve(pages(5)));
    EXPECT_TRUE(marks.empty());
    EXPECT_EQ(account.watched_below(), pages(0));
    account.release(pages(5));
}

/// However deep closed accounts lie in one another, a frame that comes back costs the same.
TEST(Account, ThatIsClosedHandsOnToOneLenderAtATime) {
    Arena arena{16};
    bool unsettled = false;
    Surpluses surpluses{unsettled};
    Account root{arena.allocator(), arena.access(), pages(10)};
    ASSERT_TRUE(root.reserve(pages(8)));
    Account outer{arena.allocator(), arena.access(), pages(8), &root};
    ASSERT_TRUE(outer.reserve(pages(6)));
    Account inner{arena.allocator(), arena.access(), pages(6), &outer};
    const PhysAddr a = inner.take_frame().value();
    const PhysAddr b = inner.take_frame().value();
    inner.close(inner, surpluses);
    outer.close(outer, surpluses); // by somebody else, and later: both count what is not yet back
    EXPECT_EQ(root.used(), pages(2));
    EXPECT_TRUE(surpluses.empty());
    EXPECT_EQ(inner.take_frame(), std::unexpected{Error::no_memory});
    EXPECT_EQ(inner.resize(pages(6)), std::unexpected{Error::wrong_state});
    EXPECT_EQ(root.resize(pages(12)), std::unexpected{Error::wrong_state}) << "nobody has lent it anything";

    inner.give_frame(a);
    inner.give_frame(b);
    EXPECT_EQ(inner.limit(), pages(0));
    EXPECT_EQ(outer.used(), pages(0));
    EXPECT_TRUE(outer.has_surplus());
    EXPECT_TRUE(unsettled);
    EXPECT_FALSE(inner.has_surplus());
    EXPECT_EQ(root.used(), pages(2)) << "in its turn";
    surpluses.hand_on_first();
    EXPECT_EQ(root.used(), pages(0));
    EXPECT_EQ(outer.limit(), pages(0));
    EXPECT_TRUE(surpluses.empty());
    inner.give_back();
    EXPECT_TRUE(surpluses.empty()) << "nothing is no surplus";
}

TEST(AccountDeath, BrokenBookkeeping) {
    Arena arena{16};
    const auto end_in_use = [&] {
        Account account{arena.allocator(), arena.access(), pages(4)};
        (void)account.take_frame();
    };
    EXPECT_DEATH(end_in_use(), "account ends while");
    Account account{arena.allocator(), arena.access(), pages(4)};
    EXPECT_DEATH(account.release(pages(1)), "more than it gave");
}

} // namespace
} // namespace pith::kernel::test
