#include "base/list.h"
#include "base/owned.h"
#include "base/types.h"

#include <gtest/gtest.h>
#include <vector>

namespace pith {
namespace {

struct Item {
    explicit Item(int v) : value{v} {}
    int value;
    ListLink first;
    ListLink second;
};
using FirstList = List<Item, &Item::first>;
using SecondList = List<Item, &Item::second>;

template <class L>
std::vector<int> values(const L& list) {
    std::vector<int> result;
    for (const Item& item : list)
        result.push_back(item.value);
    return result;
}

struct ListTest : testing::Test {
    Item a{1}, b{2}, c{3};
    FirstList list, other;
    SecondList second;

    ~ListTest() override {
        while (list.pop_front() != nullptr) {
        }
        while (other.pop_front() != nullptr) {
        }
        while (second.pop_front() != nullptr) {
        }
    }
};

TEST_F(ListTest, KeepsOrder) {
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.front(), nullptr);
    EXPECT_EQ(list.pop_back(), nullptr);
    list.push_back(b);
    list.push_back(c);
    list.push_front(a);
    EXPECT_EQ(values(list), (std::vector{1, 2, 3}));
    EXPECT_EQ(list.front(), &a);
    EXPECT_EQ(list.back(), &c);
    EXPECT_EQ(list.next(a), &b);
    EXPECT_EQ(list.next(c), nullptr);
    EXPECT_EQ(list.pop_back(), &c);
    EXPECT_EQ(list.pop_front(), &a);
    EXPECT_EQ(values(list), std::vector{2});
}

TEST_F(ListTest, RemovesFromAnywhere) {
    for (Item* item : {&a, &b, &c})
        list.push_back(*item);
    FirstList::remove(b);
    EXPECT_FALSE(FirstList::is_listed(b));
    EXPECT_EQ(values(list), (std::vector{1, 3}));
    FirstList::insert_before(c, b);
    EXPECT_EQ(values(list), (std::vector{1, 2, 3}));
    a.first.unlink();
    a.first.unlink(); // nothing to do
    c.first.unlink();
    EXPECT_EQ(values(list), std::vector{2});
}

TEST_F(ListTest, OneObjectInTwoLists) {
    list.push_back(a);
    second.push_back(a);
    second.push_back(b);
    EXPECT_EQ(second.front(), &a);
    FirstList::remove(a);
    EXPECT_EQ(values(second), (std::vector{1, 2}));
}

TEST_F(ListTest, BodyMayRemoveItsObject) {
    for (Item* item : {&a, &b, &c})
        list.push_back(*item);
    for (Item& item : list)
        if (item.value != 2) {
            FirstList::remove(item);
            other.push_back(item);
        }
    EXPECT_EQ(values(list), std::vector{2});
    EXPECT_EQ(values(other), (std::vector{1, 3}));
}

TEST_F(ListTest, AppendTakesEverything) {
    list.push_back(a);
    list.append(other);
    EXPECT_EQ(values(list), std::vector{1});
    other.push_back(b);
    other.push_back(c);
    list.append(other);
    EXPECT_TRUE(other.empty());
    EXPECT_EQ(values(list), (std::vector{1, 2, 3}));
    EXPECT_EQ(list.pop_back(), &c);
    other.append(list);
    EXPECT_EQ(values(other), (std::vector{1, 2}));
}

using ListDeathTest = ListTest;
TEST_F(ListDeathTest, MistakesPanic) {
    list.push_back(a);
    EXPECT_DEATH(other.push_back(a), "already in a list");
    EXPECT_DEATH(FirstList::remove(b), "not in a list");
    EXPECT_DEATH(FirstList::insert_before(b, c), "not in a list");
    EXPECT_DEATH(
        {
            FirstList dying;
            Item item{1};
            dying.push_back(item);
        },
        "destroyed while in a list");
}

struct Ledger {
    std::vector<u64> destroyed;
};
struct NumberTraits {
    static constexpr u64 none = 0;
    void destroy(u64 number) const { ledger->destroyed.push_back(number); }
    Ledger* ledger = nullptr;
};
using Number = Owned<u64, NumberTraits>;

TEST(Owned, DestroysOnce) {
    Ledger ledger;
    {
        Number one{1, {&ledger}};
        Number moved = std::move(one);
        EXPECT_FALSE(one);
        EXPECT_EQ(moved.get(), 1u);
    }
    EXPECT_EQ(ledger.destroyed, std::vector<u64>{1});
}

TEST(Owned, AssignmentDestroysTheOldOne) {
    Ledger ledger;
    Number a{1, {&ledger}};
    Number b{2, {&ledger}};
    a = std::move(b);
    EXPECT_EQ(ledger.destroyed, std::vector<u64>{1});
    EXPECT_EQ(a.get(), 2u);
    Number& same = a;
    a = std::move(same);
    EXPECT_EQ(a.get(), 2u);
    EXPECT_EQ(ledger.destroyed.size(), 1u);
    a.reset();
    a.reset();
    EXPECT_EQ(ledger.destroyed, (std::vector<u64>{1, 2}));
}

TEST(Owned, ReleaseHandsOver) {
    Ledger ledger;
    {
        Number a{7, {&ledger}};
        EXPECT_EQ(a.release(), 7u);
        Number empty;
    }
    EXPECT_TRUE(ledger.destroyed.empty());
}

} // namespace
} // namespace pith
