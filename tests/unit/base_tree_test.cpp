#include "base/tree.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace pith {
namespace {

struct Item {
    explicit Item(int v) : value{v} {}
    int value;
    TreeLink link;
};
using Items = Tree<Item, &Item::link>;

Items::Gap gap_for(const Items& tree, int value) {
    return tree.find_gap([value](const Item& item) { return item.value < value; });
}
void add(Items& tree, Item& item) { tree.insert(item, gap_for(tree, item.value).place); }

std::vector<int> values(const Items& tree) {
    std::vector<int> result;
    for (const Item& item : tree)
        result.push_back(item.value);
    return result;
}

/// Steps from the top to where a value is or belongs.
unsigned depth(const Items& tree, int value) {
    unsigned steps = 0;
    static_cast<void>(tree.find_last([&](const Item& item) {
        ++steps;
        return item.value < value;
    }));
    return steps;
}

TEST(Tree, KeepsOrderAndFindsNeighbours) {
    std::vector<std::unique_ptr<Item>> items;
    Items tree;
    for (const int value : {40, 10, 30, 20, 50}) {
        items.push_back(std::make_unique<Item>(value));
        add(tree, *items.back());
    }
    EXPECT_EQ(values(tree), (std::vector{10, 20, 30, 40, 50}));
    const auto gap = gap_for(tree, 35);
    EXPECT_EQ(gap.before->value, 30);
    EXPECT_EQ(gap.behind->value, 40);
    EXPECT_EQ(gap_for(tree, 5).before, nullptr);
    EXPECT_EQ(gap_for(tree, 60).behind, nullptr);
    EXPECT_EQ(tree.find_last([](const Item& item) { return item.value <= 20; })->value, 20);
    EXPECT_EQ(tree.find_last([](const Item&) { return false; }), nullptr);
    EXPECT_EQ(tree.front()->value, 10);
    EXPECT_EQ(tree.back()->value, 50);
    EXPECT_EQ(Items::next(*tree.back()), nullptr);
    EXPECT_EQ(Items::previous(*tree.front()), nullptr);
    Item between{25};
    tree.insert_behind(*gap_for(tree, 25).before, between);
    EXPECT_EQ(values(tree), (std::vector{10, 20, 25, 30, 40, 50}));
    EXPECT_EQ(Items::next(between)->value, 30);
    EXPECT_EQ(Items::previous(between)->value, 20);
    tree.remove(between);
    EXPECT_FALSE(between.link.linked());
    while (Item* first = tree.front())
        tree.remove(*first);
    EXPECT_TRUE(tree.empty());
}

TEST(Tree, AgreesWithASortedVectorAndStaysLow) {
    constexpr int most = 600;
    std::mt19937 random{7};
    std::vector<std::unique_ptr<Item>> items;
    for (int value = 0; value < most; ++value)
        items.push_back(std::make_unique<Item>(value));
    Items tree;
    std::vector<int> model;
    for (int step = 0; step < 20'000; ++step) {
        const bool grows = step / 2'000 % 2 == 0;
        const int value = static_cast<int>(random() % most);
        Item& item = *items[static_cast<std::size_t>(value)];
        const auto place = std::ranges::lower_bound(model, value);
        if (!item.link.linked() && (grows || step % 3 == 0)) {
            if (place != model.begin() && step % 2 == 0)
                tree.insert_behind(*items[static_cast<std::size_t>(place[-1])], item);
            else
                add(tree, item);
            model.insert(place, value);
        } else if (item.link.linked() && (!grows || step % 3 == 0)) {
            tree.remove(item);
            model.erase(place);
        }
        if (step % 50 == 0) {
            ASSERT_EQ(values(tree), model) << step;
        }
        unsigned most_steps = 1; // 1.44 log2(n + 2), rounded up
        while ((u64{1} << most_steps) < model.size() + 2)
            ++most_steps;
        ASSERT_LE(depth(tree, value), (most_steps * 3 + 1) / 2) << step;
    }
    for (const int value : model)
        tree.remove(*items[static_cast<std::size_t>(value)]);
    EXPECT_TRUE(tree.empty());
}

TEST(Tree, AscendingAndDescendingRowsStayLow) {
    constexpr int count = 4096;
    for (const bool ascending : {true, false}) {
        std::vector<std::unique_ptr<Item>> items;
        Items tree;
        for (int n = 0; n < count; ++n) {
            items.push_back(std::make_unique<Item>(ascending ? n : -n));
            add(tree, *items.back());
        }
        for (int n = 0; n < count; n += 7)
            EXPECT_LE(depth(tree, ascending ? n : -n), 18u);
        while (Item* item = ascending ? tree.back() : tree.front()) // always on one side
            tree.remove(*item);
    }
}

} // namespace
} // namespace pith
