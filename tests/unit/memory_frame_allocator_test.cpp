#include "memory_arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace pith::kernel::test {
namespace {

using Statistics = FrameAllocator::Statistics;

/// What the buddy allocator promises, kept as a plain set of free frames.
class Model {
  public:
    void add(u64 first, u64 count) {
        for (u64 n = first; n < first + count; ++n)
            ASSERT_TRUE(free_.insert(n).second) << "frame " << n;
    }
    void take(u64 first, u64 count) {
        for (u64 n = first; n < first + count; ++n)
            ASSERT_EQ(free_.erase(n), 1u) << "frame " << n;
    }
    [[nodiscard]] u64 size() const { return free_.size(); }
    /// With full coalescing, the free blocks are exactly the largest aligned ones that are wholly free.
    [[nodiscard]] std::array<u64, FrameAllocator::orders> blocks() const {
        std::array<u64, FrameAllocator::orders> blocks{};
        for (auto at = free_.begin(); at != free_.end();) {
            unsigned order = 0;
            while (order < FrameAllocator::max_order &&
                   whole(align_down(*at, u64{2} << order), u64{2} << order))
                ++order;
            EXPECT_EQ(*at % (u64{1} << order), 0u);
            ++blocks[order];
            at = free_.lower_bound(*at + (u64{1} << order));
        }
        return blocks;
    }

  private:
    [[nodiscard]] bool whole(u64 first, u64 count) const {
        auto at = free_.find(first);
        for (u64 n = 0; n < count; ++n, ++at)
            if (at == free_.end() || *at != first + n) return false;
        return true;
    }

    std::set<u64> free_;
};

void expect_same(const Statistics& statistics, const Model& model) {
    EXPECT_EQ(statistics.free.raw, model.size());
    EXPECT_EQ(statistics.free_blocks, model.blocks());
}

std::vector<PhysAddr> take_all(FrameAllocator& allocator) {
    std::vector<PhysAddr> all;
    while (const auto frame = allocator.allocate())
        all.push_back(*frame);
    return all;
}

TEST(FrameAllocator, StartsEmpty) {
    Arena arena{8, false};
    EXPECT_EQ(arena.allocator().allocate(), std::unexpected{Error::no_memory});
    EXPECT_EQ(arena.allocator().statistics().total, pages(0));
}

TEST(FrameAllocator, AgreesWithAModel) {
    for (u64 seed = 1; seed <= 20; ++seed) {
        constexpr u64 frames = 150;
        Arena arena{frames};
        FrameAllocator& allocator = arena.allocator();
        Model model;
        model.add(1, frames - 1);
        const Statistics initially = allocator.statistics();
        std::vector<std::pair<PhysAddr, unsigned>> taken;
        Random random{seed};
        for (unsigned step = 0; step < 300; ++step) {
            if (random.below(5) < 3) {
                const auto order = static_cast<unsigned>(random.below(random.below(6) + 1));
                if (const auto block = allocator.allocate(order)) {
                    EXPECT_TRUE(is_aligned(block->raw, page_size << order));
                    model.take(block->raw / page_size, u64{1} << order);
                    taken.emplace_back(*block, order);
                } else {
                    const auto blocks = model.blocks();
                    for (unsigned larger = order; larger < blocks.size(); ++larger)
                        EXPECT_EQ(blocks[larger], 0u);
                }
            } else if (!taken.empty()) {
                std::swap(taken[random.below(taken.size())], taken.back());
                const auto [block, order] = taken.back();
                taken.pop_back();
                allocator.free(block, order);
                model.add(block.raw / page_size, u64{1} << order);
            }
            if (step % 10 != 0) continue;
            allocator.gather();
            expect_same(allocator.statistics(), model);
        }
        for (const auto& [block, order] : taken)
            allocator.free(block, order);
        allocator.gather();
        EXPECT_EQ(allocator.statistics().free_blocks, initially.free_blocks);
        EXPECT_EQ(allocator.statistics().free, initially.total);
    }
}

TEST(FrameAllocator, GivesEveryFrameOnceThenNone) {
    Arena arena{64};
    std::set<u64> seen;
    for (unsigned n = 0; n < 63; ++n)
        EXPECT_TRUE(seen.insert(arena.allocator().allocate().value().raw).second);
    EXPECT_FALSE(seen.contains(0));
    EXPECT_EQ(arena.allocator().allocate(), std::unexpected{Error::no_memory});
    for (const u64 frame : seen)
        arena.allocator().free({frame});
    EXPECT_EQ(arena.free_frames(), 63u);
}

/// Frames that are kept aside are free, and are used for blocks that are missing.
TEST(FrameAllocator, KeepsAsideNothingThatIsWanted) {
    Arena arena{64};
    FrameAllocator& allocator = arena.allocator();
    const std::vector<PhysAddr> all = take_all(allocator);
    for (const PhysAddr frame : all)
        allocator.free(frame);
    EXPECT_TRUE(allocator.allocate(5));
    EXPECT_EQ(arena.free_frames(), 31u);
    EXPECT_TRUE(allocator.allocate_apart(4));
    EXPECT_EQ(arena.free_frames(), 15u);
}

TEST(FrameAllocator, UsesZerosAgain) {
    Arena arena{8};
    FrameAllocator& allocator = arena.allocator();
    const PhysAddr first = allocator.allocate_zeroed().value(), second = allocator.allocate().value();
    const auto words = [&](PhysAddr frame) { return reinterpret_cast<u64*>(allocator.access()(frame)); };
    EXPECT_TRUE(std::all_of(words(first), words(first) + 512, [](u64 word) { return word == 0; }));
    words(second)[7] = 1;
    allocator.free_zeroed(first);
    allocator.free(second);
    EXPECT_EQ(arena.free_frames(), 7u);
    EXPECT_EQ(allocator.allocate_zeroed(), first);
    const PhysAddr third = allocator.allocate_zeroed().value(); // whichever, and whatever it held
    EXPECT_TRUE(std::all_of(words(third), words(third) + 512, [](u64 word) { return word == 0; }));
    allocator.free_zeroed(first);
    for (u64 left = arena.free_frames(); left > 0; --left)
        EXPECT_TRUE(allocator.allocate());
    EXPECT_FALSE(allocator.allocate());
    EXPECT_FALSE(allocator.allocate_zeroed());
}

/// Takes all that there are.
u64 taken_again(FrameAllocator& allocator) {
    u64 count = 0;
    while (allocator.allocate())
        ++count;
    return count;
}

TEST(FrameAllocator, UsesWhatIsHeldBackOnceItIsLetGo) {
    Arena arena{8};
    FrameAllocator& allocator = arena.allocator();
    const std::vector<PhysAddr> all = take_all(allocator);
    ASSERT_EQ(all.size(), 7u);
    allocator.hold_back(1);
    allocator.free(all[0]);
    allocator.free(all[1]);
    allocator.hold_back(2);
    for (u64 n = 2; n < 7; ++n)
        allocator.free(all[n]);
    EXPECT_EQ(arena.free_frames(), 7u);
    EXPECT_EQ(taken_again(allocator), 0u);
    allocator.let_go(1);
    EXPECT_TRUE(allocator.has_returned());
    EXPECT_EQ(taken_again(allocator), 2u);
    allocator.let_go(1); // nothing more
    EXPECT_EQ(taken_again(allocator), 0u);
    allocator.let_go(2);
    EXPECT_EQ(taken_again(allocator), 5u);
    EXPECT_FALSE(allocator.has_returned());
    allocator.free(all[3]); // nothing is held back any more
    EXPECT_EQ(taken_again(allocator), 1u);
}

/// However many there are, nobody makes them ready for the sake of a large block.
TEST(FrameAllocator, DoesNotWaitForWhatIsOnItsWayToHaveABlock) {
    Arena arena{64};
    FrameAllocator& allocator = arena.allocator();
    const std::vector<PhysAddr> all = take_all(allocator);
    allocator.hold_back(1);
    for (const PhysAddr frame : all)
        allocator.free(frame);
    allocator.let_go(1);
    EXPECT_EQ(allocator.allocate_apart(3), std::unexpected{Error::no_memory});
    EXPECT_TRUE(allocator.has_returned());
    EXPECT_TRUE(allocator.allocate(3)); // whoever needs it does
}

TEST(FrameAllocator, LosesNothingWhereNothingWasHeldBack) {
    Arena arena{8};
    FrameAllocator& allocator = arena.allocator();
    const PhysAddr first = *allocator.allocate(), second = *allocator.allocate();
    allocator.hold_back(1);
    allocator.free(first);
    allocator.let_go(1);
    allocator.hold_back(2);
    allocator.let_go(2); // while the first is on its way back
    allocator.hold_back(3);
    allocator.free(second);
    allocator.let_go(3);
    EXPECT_EQ(taken_again(allocator), 7u);
}

TEST(FrameAllocator, RefusesOrdersItDoesNotHave) {
    Arena arena{64};
    EXPECT_FALSE(arena.allocator().allocate(6)); // frame 0 is missing
    EXPECT_TRUE(arena.allocator().allocate(5));
    EXPECT_EQ(arena.allocator().allocate(FrameAllocator::max_order + 1), std::unexpected{Error::no_memory});
    EXPECT_FALSE(arena.allocator().allocate(64));
}

TEST(FrameAllocator, JoinsRangesAddedInPieces) {
    Arena arena{64, false};
    for (const u64 first : {48u, 0u, 32u, 16u})
        arena.allocator().add({first * page_size}, pages(16));
    EXPECT_EQ(arena.allocator().statistics().free_blocks[6], 1u);
    EXPECT_EQ(arena.allocator().statistics().total, pages(64));
}

TEST(FrameAllocator, AddsAGibibyteWithoutTouchingIt) {
    // Nothing is behind these addresses: an access would crash.
    constexpr u64 frames = u64{3} << FrameAllocator::max_order;
    std::vector<FrameRecord> records(frames);
    FrameAllocator allocator{{nullptr}, records};
    allocator.add({page_size}, pages(frames - 1));
    EXPECT_EQ(allocator.statistics().free_blocks[FrameAllocator::max_order], 2u);
    EXPECT_EQ(allocator.statistics().free, pages(frames - 1));
    const auto huge = allocator.allocate(FrameAllocator::max_order);
    ASSERT_TRUE(huge);
    EXPECT_TRUE(is_aligned(huge->raw, u64{1} << 30));
}

TEST(FrameAllocator, WorksOnWhereMemoryIsSeenElsewhere) {
    std::vector<FrameRecord> records(16), later;
    const std::unique_ptr<std::byte, decltype(&std::free)> memory{
        static_cast<std::byte*>(std::aligned_alloc(page_size, 16 * page_size)), &std::free};
    FrameAllocator allocator{{nullptr}, records};
    allocator.add({0}, pages(16));
    const PhysAddr early = allocator.allocate().value();
    later = records;
    allocator.relocate({memory.get()}, later);
    const PhysAddr late = allocator.allocate().value();
    allocator.free(early);
    allocator.free(late);
    allocator.gather();
    EXPECT_EQ(allocator.statistics().free_blocks[4], 1u);
}

using FrameAllocatorDeath = testing::Test;

TEST(FrameAllocatorDeath, DoubleFree) {
    Arena arena{8};
    const PhysAddr frame = arena.allocator().allocate().value();
    arena.allocator().free(frame);
    EXPECT_DEATH(arena.allocator().free(frame), "freed a frame that is not in use");
}

TEST(FrameAllocatorDeath, ForeignFrames) {
    Arena arena{8};
    EXPECT_DEATH(arena.allocator().free({0}), "not in use");
    EXPECT_DEATH(arena.allocator().free({8 * page_size}), "no frame");
    EXPECT_DEATH(arena.allocator().free({~u64{0} << page_shift}), "no frame");
    const PhysAddr frame = arena.allocator().allocate().value();
    EXPECT_DEATH(arena.allocator().free(frame + 8), "no frame");
}

TEST(FrameAllocatorDeath, AnotherOrder) {
    Arena arena{8};
    const PhysAddr block = arena.allocator().allocate(1).value();
    EXPECT_DEATH(arena.allocator().free(block, 0), "another size");
    EXPECT_DEATH(arena.allocator().free(block + page_size, 0), "not in use");
}

TEST(FrameAllocatorDeath, AddedTwice) {
    Arena arena{64};
    EXPECT_DEATH(arena.allocator().add({33 * page_size}, pages(1)), "added twice");
    const PhysAddr block = arena.allocator().allocate(5).value();
    EXPECT_DEATH(arena.allocator().add(block + 7 * page_size, pages(2)), "added twice");
    EXPECT_DEATH(arena.allocator().add({63 * page_size}, pages(2)), "without records");
    EXPECT_DEATH(arena.allocator().add({page_size}, pages(~u64{0})), "without records");
}

TEST(FrameAllocatorDeath, PoisonTellsAWriteAfterFree) {
    Arena arena{8};
    const PhysAddr block = arena.allocator().allocate(1).value();
    arena.allocator().free(block, 1);
    arena.access()(block)[page_size + 123] = std::byte{1};
    // Whichever path leads back to that frame.
    EXPECT_DEATH(for (unsigned n = 0; n < 7; ++n)(void) arena.allocator().allocate(),
                 "a free frame was written to");
}

TEST(FrameAllocator, PoisonStaysAwayFromFramesThatWereNeverUsed) {
    Arena arena{8};
    arena.access()({3 * page_size})[5] = std::byte{7}; // free, but nothing was promised yet
    for (unsigned n = 0; n < 7; ++n)
        EXPECT_TRUE(arena.allocator().allocate());
}

} // namespace
} // namespace pith::kernel::test
