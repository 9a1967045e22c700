#include "kernel/memory/slab.h"
#include "memory_arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <set>

namespace pith::kernel::test {
namespace {

struct Counted {
    static inline int alive = 0;
    explicit Counted(u64 id) : number{id} { ++alive; }
    ~Counted() { --alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    u64 number;
    std::array<u64, 9> rest{};
};
struct alignas(64) Line {
    u8 byte;
};
struct Byte {
    u8 byte;
};
struct Large {
    std::array<std::byte, page_size - 64> bytes;
};
/// An object that holds a slab of its own kind, as budgets do.
struct Tree {
    explicit Tree(Account& account) : children{account} {}
    Slab<Tree> children;
};

template <class T>
class SlabOf : public testing::Test {};
using Types = testing::Types<Byte, u16, u64, std::array<u8, 37>, Line, std::array<u64, 60>, Large>;
TYPED_TEST_SUITE(SlabOf, Types);

TYPED_TEST(SlabOf, ObjectsAreAlignedApartAndCharged) {
    Arena arena{64};
    Account account{arena.allocator(), arena.access(), pages(5)};
    Slab<TypeParam> slab{account};
    std::vector<TypeParam*> objects;
    while (const auto made = slab.make()) {
        EXPECT_TRUE(is_aligned(reinterpret_cast<std::uintptr_t>(*made), alignof(TypeParam)));
        std::memset(static_cast<void*>(*made), static_cast<int>(objects.size()), sizeof(TypeParam));
        objects.push_back(*made);
    }
    EXPECT_EQ(account.used(), pages(5));
    EXPECT_EQ(slab.size(), objects.size());
    EXPECT_EQ(objects.size() % 5, 0u);
    // No page has room for one more.
    const u64 slot = std::max<u64>(sizeof(TypeParam), 2);
    EXPECT_GT((objects.size() / 5 + 1) * slot + 64, page_size);
    for (u64 n = 0; n < objects.size(); ++n) { // nobody wrote over another
        const auto* bytes = reinterpret_cast<const unsigned char*>(objects[n]);
        for (u64 at = 0; at < sizeof(TypeParam); ++at)
            ASSERT_EQ(bytes[at], static_cast<unsigned char>(n));
    }
    for (TypeParam* object : objects)
        Slab<TypeParam>::destroy(object);
    EXPECT_EQ(account.used(), pages(0));
    EXPECT_EQ(arena.free_frames(), 63u);
}

TEST(Slab, ConstructsAndDestroys) {
    Arena arena{8};
    Account account{arena.allocator(), arena.access(), pages(8)};
    Slab<Counted> slab{account};
    Counted* object = slab.make(u64{7}).value();
    EXPECT_EQ(object->number, 7u);
    EXPECT_EQ(Counted::alive, 1);
    Slab<Counted>::destroy(object);
    EXPECT_EQ(Counted::alive, 0);
}

TEST(Slab, KeepsNoEmptyPageAndReusesSlotsFirst) {
    Arena arena{8};
    Account account{arena.allocator(), arena.access(), pages(8)};
    Slab<Line> slab{account};
    Line* first = slab.make().value();
    Line* second = slab.make().value();
    Slab<Line>::destroy(first);
    EXPECT_EQ(account.used(), pages(1));
    EXPECT_EQ(slab.make().value(), first);
    Slab<Line>::destroy(first);
    Slab<Line>::destroy(second);
    EXPECT_EQ(account.used(), pages(0));
}

TEST(Slab, SlotsOfFullPagesAreUsedAgain) {
    Arena arena{8};
    Account account{arena.allocator(), arena.access(), pages(3)};
    Slab<Line> slab{account};
    std::vector<Line*> objects;
    while (const auto made = slab.make())
        objects.push_back(*made);
    const u64 capacity = slab.size();
    for (u64 n = 0; n < capacity; n += 10)
        Slab<Line>::destroy(objects[n]);
    for (u64 n = 0; n < capacity; n += 10) {
        const auto again = slab.make();
        ASSERT_TRUE(again);
        objects[n] = *again;
    }
    EXPECT_FALSE(slab.make());
    EXPECT_EQ(std::set<Line*>(objects.begin(), objects.end()).size(), capacity);
    for (Line* object : objects)
        Slab<Line>::destroy(object);
    EXPECT_EQ(account.used(), pages(0));
}

TEST(Slab, RandomOrderAgreesWithASet) {
    Arena arena{64};
    Account account{arena.allocator(), arena.access(), pages(20)};
    Slab<Counted> slab{account};
    Random random{42};
    std::vector<Counted*> objects;
    for (u64 step = 0; step < 5000; ++step) {
        if (random.below(100) < (step / 1000 % 2 == 0 ? 65 : 35)) {
            const auto made = slab.make(step);
            if (made) {
                objects.push_back(*made);
            } else {
                EXPECT_EQ(account.used(), pages(20));
            }
        } else if (!objects.empty()) {
            std::swap(objects[random.below(objects.size())], objects.back());
            Slab<Counted>::destroy(objects.back());
            objects.pop_back();
        }
        std::set<u64> pages_in_use;
        if (step % 50 == 0) {
            for (const Counted* object : objects)
                pages_in_use.insert(reinterpret_cast<std::uintptr_t>(object) / page_size);
            EXPECT_EQ(account.used().raw, pages_in_use.size());
            EXPECT_EQ(std::set<Counted*>(objects.begin(), objects.end()).size(), objects.size());
            EXPECT_EQ(static_cast<u64>(Counted::alive), objects.size());
        }
    }
    for (Counted* object : objects)
        Slab<Counted>::destroy(object);
    EXPECT_EQ(account.used(), pages(0));
}

TEST(Slab, HoldsObjectsThatHoldSlabs) {
    Arena arena{8};
    Account account{arena.allocator(), arena.access(), pages(2)};
    Slab<Tree> slab{account};
    Tree* parent = slab.make(account).value();
    Tree* child = parent->children.make(account).value();
    EXPECT_EQ(child->children.make(account), std::unexpected{Error::no_memory});
    Slab<Tree>::destroy(child);
    Slab<Tree>::destroy(parent);
    EXPECT_EQ(account.used(), pages(0));
}

TEST(SlabDeath, EndsBeforeItsObjects) {
    Arena arena{8};
    Account account{arena.allocator(), arena.access(), pages(2)};
    EXPECT_DEATH(
        {
            Slab<Line> slab{account};
            (void)slab.make();
        },
        "a slab ends before its objects");
}

TEST(SlabDeath, DestroysWhatIsNoObject) {
    Arena arena{8};
    Account account{arena.allocator(), arena.access(), pages(2)};
    Slab<std::array<u64, 4>> slab{account};
    auto* object = slab.make().value();
    auto* inside = reinterpret_cast<std::array<u64, 4>*>(object->data() + 1);
    EXPECT_DEATH((Slab<std::array<u64, 4>>::destroy(inside)), "in no slab");
    Slab<std::array<u64, 4>>::destroy(object);
}

} // namespace
} // namespace pith::kernel::test
