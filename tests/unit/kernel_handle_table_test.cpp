#include "kernel/machine/host/simulation.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace pith::kernel {
namespace {

class Handles : public testing::Test {
  protected:
    Capability bell(abi::Rights rights = abi::rights::all) {
        return {Ref<Object>{**root().make<Notification>()}, rights};
    }
    Budget& root() { return system_.kernel().root_budget(); }
    void drain(HandleTable& table) {
        Capability capability;
        while (table.take_last(capability)) {
        }
    }
    Simulation system_;
};

TEST_F(Handles, AStaleHandleNamesNothing) {
    HandleTable table{root().account()};
    const abi::Handle first = *table.insert(bell());
    EXPECT_NE(table.find(first), nullptr);
    table.remove(first);
    EXPECT_EQ(table.find(first), nullptr);
    const abi::Handle second = *table.insert(bell());
    EXPECT_EQ(second.index(), first.index());
    EXPECT_EQ(table.find(first), nullptr);
    EXPECT_NE(table.find(second), nullptr);
    drain(table);
}

TEST_F(Handles, TheFastLookupChecksTheWholeHandleKindAndRight) {
    HandleTable table{root().account()};
    using namespace abi::rights;
    const Ref<Object> object{**root().make<Endpoint>()};
    const abi::Handle caller = *table.insert({object, endpoint::call});
    const abi::Handle receiver = *table.insert({object, endpoint::receive});
    const abi::Handle both = *table.insert({object, endpoint::call | endpoint::receive});
    const abi::Handle other = *table.insert(bell());
    const auto may = [&](abi::Handle handle) {
        return std::pair{HandleTable::find(table.pages(), handle, Standing::may_call) != nullptr,
                         HandleTable::find(table.pages(), handle, Standing::may_receive) != nullptr};
    };
    EXPECT_EQ(may(caller), std::pair(true, false));
    EXPECT_EQ(may(receiver), std::pair(false, true));
    EXPECT_EQ(may(both), std::pair(true, true));
    EXPECT_EQ(may(other), std::pair(false, false));
    for (unsigned bit = 0; bit < 64; ++bit) {
        const abi::Handle wrong{{both.raw ^ u64{1} << bit}};
        if (wrong == caller || wrong == receiver) continue;
        EXPECT_EQ(may(wrong), std::pair(false, false)) << bit;
        EXPECT_TRUE(!table.find(wrong) || wrong == other) << bit;
    }
    static_cast<void>(table.remove(both));
    EXPECT_EQ(may(both), std::pair(false, false));
    drain(table);
}

TEST_F(Handles, ATableWithoutPagesNamesNothing) {
    HandleTable table{root().account()};
    for (unsigned bit = 0; bit < 64; ++bit) {
        const abi::Handle handle{{u64{1} << bit}};
        EXPECT_EQ(table.find(handle), nullptr);
        EXPECT_EQ(HandleTable::find(table.pages(), handle, Standing::may_call), nullptr);
    }
    EXPECT_EQ(table.find(abi::Handle{}), nullptr);
}

TEST_F(Handles, AHandleSaysWhereItsSlotIs) {
    for (const u32 index : {0u, 1u, 63u, 64u, 4711u, 32767u}) {
        const abi::Handle handle = abi::Handle::make(index, 7);
        EXPECT_EQ(handle.index(), index);
        EXPECT_EQ(handle.generation(), 7u);
        EXPECT_EQ(handle.next_generation(), abi::Handle::make(index, 8));
    }
    EXPECT_EQ(abi::Handle::make(5, ~u32{0}).next_generation().generation(), 0u);
}

TEST_F(Handles, AnEmptySlotIsNoHandleOfAnyGeneration) {
    HandleTable table{root().account()};
    const abi::Handle handle = *table.insert(bell());
    for (u32 index = 0; index < HandleTable::slots_per_page; ++index)
        for (u32 generation = 0; generation < 3; ++generation)
            if (index != handle.index()) {
                EXPECT_EQ(table.find(abi::Handle::make(index, generation)), nullptr);
            }
    EXPECT_EQ(table.find(abi::Handle{}), nullptr);
    drain(table);
}

TEST_F(Handles, ReservedSlotsAreNotHandedOut) {
    HandleTable table{root().account()};
    const u32 reserved = *table.reserve();
    std::vector<abi::Handle> handles;
    for (u32 i = 0; i < 2 * HandleTable::slots_per_page; ++i)
        handles.push_back(*table.insert(bell()));
    for (const abi::Handle handle : handles)
        EXPECT_NE(handle.index(), reserved);
    EXPECT_EQ(table.fill(reserved, bell()).index(), reserved);
    drain(table);
    EXPECT_EQ(table.handles_in_use(), 0u);
}

TEST_F(Handles, BehavesAsAMapDoes) {
    HandleTable table{root().account()};
    std::mt19937_64 random{42};
    std::map<u64, u64> model; // handle to badge
    std::vector<abi::Handle> gone;
    for (int step = 0; step < 20'000; ++step) {
        if (model.size() < 600 && random() % 5 < 3) {
            Capability capability = bell();
            capability.badge = random();
            const u64 badge = capability.badge;
            const abi::Handle handle = *table.insert(std::move(capability));
            EXPECT_TRUE(model.emplace(handle.raw, badge).second) << "a handle was given twice";
        } else if (!model.empty()) {
            const auto at = std::next(model.begin(), static_cast<long>(random() % model.size()));
            const abi::Handle handle{{at->first}};
            EXPECT_EQ(table.remove(handle).badge, at->second);
            model.erase(at);
            gone.push_back(handle);
        }
        if (!gone.empty()) {
            EXPECT_EQ(table.find(gone[random() % gone.size()]), nullptr);
        }
    }
    EXPECT_EQ(table.handles_in_use(), model.size());
    for (const auto& [raw, badge] : model)
        EXPECT_EQ(table.find(abi::Handle{{raw}})->badge, badge);
    drain(table);
}

TEST_F(Handles, TheTablesPagesGoBack) {
    const PageCount before = root().account().used();
    {
        HandleTable table{root().account()};
        for (int i = 0; i < 500; ++i)
            static_cast<void>(table.insert(bell()));
        drain(table);
    }
    EXPECT_EQ(root().account().used(), before);
}

TEST_F(Handles, ATableHasSoManyAndNoMore) {
    HandleTable table{root().account()};
    const Ref<Object> object{**root().make<Endpoint>()};
    u64 count = 0;
    for (auto made = table.insert({object, abi::rights::all}); made; ++count)
        made = table.insert({object, abi::rights::all});
    EXPECT_EQ(count, u64{HandleTable::max_pages} * HandleTable::handles_per_page);
    EXPECT_GT(root().account().available(), pages(0)); // it is not for memory
    EXPECT_EQ(table.insert({object, abi::rights::all}).error(), Error::no_memory);
    drain(table);
}

TEST_F(Handles, ASlotWhoseGenerationsAreUsedUpIsNotUsedAgain) {
    HandleTable table{root().account()};
    const abi::Handle first = *table.insert(bell());
    const abi::Handle last = abi::Handle::make(first.index(), ~u32{0});
    table.find(first)->name = last;
    ASSERT_NE(table.find(last), nullptr);
    table.remove(last);
    EXPECT_EQ(table.find(abi::Handle::make(first.index(), 0)), nullptr);
    const abi::Handle next = *table.insert(bell());
    EXPECT_NE(next.index(), first.index());
    drain(table);
}

} // namespace
} // namespace pith::kernel
