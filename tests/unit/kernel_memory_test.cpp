#include "kernel_programs.h"

#include "kernel/debug/inspector.h"

#include <gtest/gtest.h>

/// Memory objects: slices, sealing, their end, and mappings that survive it.
namespace pith::kernel {
namespace {

constexpr VirtAddr base{0x4000'0000};
constexpr VirtAddr recovery{0x1234'5000};
constexpr u64 read_write = 3;
constexpr u64 read_only = 1;
constexpr u64 all = abi::rights::all.raw;

class MemoryObjects : public Programs {
  protected:
    void SetUp() override { system_.settle(); }
    abi::Handle memory(u64 size, abi::Handle budget = {}) {
        return system_.invoke(abi::MemoryCreate{budget, pages(size)})->handle;
    }
    Memory& object(abi::Handle handle) { return program_.process->handles().get<Memory>(handle, {})->get(); }
    [[nodiscard]] std::optional<Translation> at(u64 page) {
        return program_.process->space().query(base + pages(page));
    }
    /// The running thread touches a page.
    void touch(u64 page, u64 error = 4) {
        program_.thread->context.registers.error = error;
        system_.fault(14, (base + pages(page)).raw + 8);
    }
    [[nodiscard]] Registers& registers() { return program_.thread->context.registers; }

    Simulation::Program& program_ = start();
};

TEST_F(MemoryObjects, ASliceReachesItsPartAndNoMore) {
    const abi::Handle whole = memory(10);
    const auto slice = system_.invoke(abi::MemorySlice{whole, pages(4), pages(3), all});
    ASSERT_TRUE(slice);
    EXPECT_EQ(system_.invoke(abi::MemoryInfo{slice->handle})->size, pages(3));
    ASSERT_TRUE(done(abi::MemoryMap{{}, slice->handle, base, pages(1), pages(2), read_write}));
    EXPECT_EQ(at(0)->address, object(whole).frame(5));
    EXPECT_EQ(at(1)->address, object(whole).frame(6));
    EXPECT_EQ(error_of(abi::MemoryMap{{}, slice->handle, base + pages(8), pages(1), pages(3), read_only}),
              Error::bad_argument);
    // A slice of the slice, with fewer rights.
    const auto inner = system_.invoke(abi::MemorySlice{slice->handle, pages(2), pages(1), read_only});
    ASSERT_TRUE(inner);
    EXPECT_EQ(error_of(abi::MemoryMap{{}, inner->handle, base + pages(8), {}, pages(1), read_write}),
              Error::denied);
    ASSERT_TRUE(done(abi::MemoryMap{{}, inner->handle, base + pages(8), {}, pages(1), read_only}));
    EXPECT_EQ(at(8)->address, object(whole).frame(6));
    EXPECT_EQ(error_of(abi::MemorySlice{inner->handle, {}, pages(1), all}),
              Error::denied); // not to be copied
    EXPECT_EQ(error_of(abi::MemorySlice{slice->handle, pages(3), pages(1), all}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::MemorySlice{slice->handle, pages(1), pages(~u64{0}), all}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::MemorySlice{slice->handle, {}, {}, all}), Error::bad_argument);
    // It derives from the whole.
    ASSERT_TRUE(done(abi::HandleRevoke{whole}));
    EXPECT_EQ(error_of(abi::MemoryInfo{slice->handle}), Error::bad_handle);
    EXPECT_EQ(error_of(abi::MemoryInfo{inner->handle}), Error::bad_handle);
}

TEST_F(MemoryObjects, WhatIsSealedIsNeverWrittenTo) {
    const abi::Handle whole = memory(3);
    const auto slice = system_.invoke(abi::MemorySlice{whole, {}, pages(1), all});
    ASSERT_TRUE(done(abi::MemoryMap{{}, whole, base, {}, pages(3), read_write}));
    EXPECT_EQ(error_of(abi::MemorySeal{whole}), Error::wrong_state);
    ASSERT_TRUE(done(abi::MemoryProtect{{}, base, pages(1), read_only}));
    EXPECT_EQ(error_of(abi::MemorySeal{whole}), Error::wrong_state);
    ASSERT_TRUE(done(abi::MemoryProtect{{}, base + pages(1), pages(1), read_only}));
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, base + pages(2), pages(1)}));
    EXPECT_EQ(error_of(abi::MemorySeal{slice->handle}), Error::denied);
    ASSERT_TRUE(done(abi::MemorySeal{whole}));
    EXPECT_EQ(error_of(abi::MemoryProtect{{}, base, pages(1), read_write}), Error::denied);
    EXPECT_EQ(error_of(abi::MemoryProtect{{}, base, pages(2), read_write}), Error::denied);
    EXPECT_EQ(error_of(abi::MemoryMap{{}, whole, base + pages(4), {}, pages(1), read_write}), Error::denied);
    EXPECT_TRUE(done(abi::MemoryMap{{}, whole, base + pages(4), {}, pages(1), read_only}));
    EXPECT_EQ(at(0)->protection, Protection::read);
}

TEST_F(MemoryObjects, GuardedMappingsLeadToTheRecoveryAddress) {
    const abi::Handle handle = memory(2);
    EXPECT_EQ(error_of(abi::ThreadSetRecovery{{0xffff'8000'0000'0000}}), Error::bad_address);
    ASSERT_TRUE(done(abi::ThreadSetRecovery{recovery}));
    ASSERT_TRUE(done(abi::MemoryMap{{}, handle, base, {}, pages(2), read_write | abi::map_guarded}));
    ASSERT_TRUE(system_.kernel().root_budget().memories().front());
    const abi::Handle budget =
        *program_.process->handles().insert({Ref<Object>{system_.kernel().root_budget()}, abi::rights::all});
    ASSERT_TRUE(done(abi::BudgetReclaim{budget}));
    system_.settle();
    EXPECT_FALSE(at(0));
    registers().rip = 0x40'0123;
    registers().rbx = 77;
    touch(1);
    EXPECT_EQ(system_.current(), program_.thread.get());
    EXPECT_EQ(registers().rip, recovery.raw);
    EXPECT_EQ(registers().rax, std::to_underlying(Error::closed));
    EXPECT_EQ(registers().rdx, (base + pages(1)).raw + 8);
    EXPECT_EQ(registers().rcx, 0x40'0123u);
    EXPECT_EQ(registers().rbx, 77u);
    // What remains of the object cannot be mapped; what remains of the mapping can be unmapped.
    EXPECT_EQ(error_of(abi::MemoryMap{{}, handle, base + pages(8), {}, pages(1), read_only}),
              Error::wrong_state);
    EXPECT_EQ(error_of(abi::MemoryMap{{}, memory(1), base, {}, pages(1), read_only}), Error::bad_address);
    EXPECT_TRUE(done(abi::MemoryProtect{{}, base, pages(1), read_only}));
    EXPECT_TRUE(done(abi::MemoryUnmap{{}, base, pages(1)}));
    EXPECT_TRUE(done(abi::MemoryUnmap{{}, base, pages(4)}));
    touch(1); // nothing guarded is there any more
    EXPECT_EQ(system_.current(), nullptr);
    EXPECT_TRUE(program_.process->ended);
}

TEST_F(MemoryObjects, OnlyWhatIsMissingIsRecoveredFrom) {
    const abi::Handle handle = memory(1);
    ASSERT_TRUE(done(abi::ThreadSetRecovery{recovery}));
    ASSERT_TRUE(done(abi::MemoryMap{{}, handle, base, {}, pages(1), read_only | abi::map_guarded}));
    touch(0, 7); // writes to what it may read
    EXPECT_TRUE(program_.process->ended);
}

TEST_F(MemoryObjects, TheEndOfABudgetsMemoryGivesEveryFrameBack) {
    const auto budget = system_.invoke(abi::BudgetCreate{{}, pages(400)});
    ASSERT_TRUE(budget);
    const abi::Handle large = memory(300, budget->handle);
    const abi::Handle small = memory(2, budget->handle);
    ASSERT_TRUE(done(abi::MemoryMap{{}, large, base, {}, pages(300), read_write}));
    ASSERT_TRUE(done(abi::MemoryMap{{}, large, base + pages(1000), {}, pages(100), read_only}));
    ASSERT_TRUE(done(abi::MemoryMap{{}, small, base + pages(2000), {}, pages(2), read_write}));
    const auto reader = system_.invoke(abi::HandleCopy{budget->handle, abi::rights::budget::inspect.raw, {}});
    EXPECT_EQ(error_of(abi::BudgetReclaim{reader->handle}), Error::denied);
    ASSERT_TRUE(done(abi::BudgetReclaim{budget->handle}));
    system_.settle();
    system_.kernel().reclaimer().finish();
    EXPECT_FALSE(at(0) || at(299) || at(1000) || at(2001));
    EXPECT_EQ(system_.invoke(abi::BudgetInfo{budget->handle})->used, pages(1)); // the objects themselves
    const abi::Handle next = memory(10, budget->handle);                        // the budget goes on
    EXPECT_TRUE(done(abi::MemoryMap{{}, next, base + pages(3000), {}, pages(10), read_write}));
    // The thread's message buffer is there all the same.
    EXPECT_EQ(program_.thread->state, ThreadState::running);
}

TEST_F(MemoryObjects, PhysicalRangesAreCachedAsWasAsked) {
    Ref<System> system = *system_.kernel().root_budget().make<System>();
    const abi::Handle devices = *program_.process->handles().insert({Ref<Object>{*system}, abi::rights::all});
    const PhysAddr window{0xfd00'0000};
    const auto plain = system_.invoke(abi::MemoryPhysical{devices, {}, window, pages(2)});
    const auto combining =
        system_.invoke(abi::MemoryPhysical{devices, {}, window, pages(2), abi::CacheKind::write_combining});
    ASSERT_TRUE(plain && combining);
    EXPECT_EQ(error_of(abi::MemoryPhysical{devices, {}, window, pages(2), abi::CacheKind{2}}),
              Error::bad_argument);
    ASSERT_TRUE(done(abi::MemoryMap{{}, plain->handle, base, {}, pages(2), read_write}));
    ASSERT_TRUE(done(abi::MemoryMap{{}, combining->handle, base + pages(2), {}, pages(1), read_write}));
    EXPECT_EQ(at(1)->cache, Cache::uncached);
    EXPECT_EQ(at(2)->cache, Cache::write_combining);
    EXPECT_EQ(at(2)->address, window);
}

} // namespace
} // namespace pith::kernel
