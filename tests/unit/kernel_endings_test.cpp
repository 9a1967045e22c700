#include "kernel_programs.h"

#include <gtest/gtest.h>

/// Who ends with whom: nothing that a program has made stays behind it.
namespace pith::kernel {
namespace {

class Endings : public Programs {
  protected:
    void SetUp() override { system_.settle(); }
    abi::Handle embryo() {
        const auto made = system_.invoke(abi::ProcessCreate{});
        EXPECT_TRUE(made);
        return made->handle;
    }
    void give(abi::Handle to, abi::Handle what) {
        EXPECT_TRUE(system_.invoke(abi::HandleCopy{what, abi::rights::all.raw, to}));
    }
    /// Everything is back to the frame once the program has ended.
    void expect_nothing_left() {
        end_all();
        EXPECT_EQ(system_.free_frames(), before_);
    }

    Simulation::Program& program_ = start();
};

TEST_F(Endings, OfAProcessThatNeverRanAndHoldsItself) {
    const abi::Handle process = embryo();
    give(process, process);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{process}));
    expect_nothing_left();
}

TEST_F(Endings, OfTwoThatHoldEachOther) {
    const abi::Handle one = embryo();
    const abi::Handle two = embryo();
    give(one, two);
    give(two, one);
    expect_nothing_left();
}

TEST_F(Endings, OfAThreadThatNeverRanAndIsHeldByItsOwnProcess) {
    const abi::Handle process = embryo();
    const auto thread = system_.invoke(abi::ThreadCreate{process, VirtAddr{0x10000}, 1, {}});
    ASSERT_TRUE(thread);
    give(process, thread->handle);
    expect_nothing_left();
}

TEST_F(Endings, AProcessThatRunsOutlivesItsMaker) {
    const abi::Handle process = embryo();
    const auto thread = system_.invoke(abi::ThreadCreate{process, VirtAddr{0x10000}, 1, {}});
    ASSERT_TRUE(thread);
    ASSERT_TRUE(system_.invoke(abi::ThreadStart{thread->handle, VirtAddr{0x1000}, VirtAddr{0x1000}, 0}));
    system_.kernel().end_process(*program_.process, {});
    program_ = {};
    system_.settle();
    ASSERT_NE(system_.current(), nullptr);
    EXPECT_FALSE(system_.current()->process().ended);
    system_.kernel().end_process(system_.current()->process(), {});
}

TEST_F(Endings, OfAChainOfBudgets) {
    abi::Handle last{};
    for (u64 frames = 200; frames > 2; --frames) {
        const auto next = system_.invoke(abi::BudgetCreate{last, pages(frames)});
        ASSERT_TRUE(next);
        if (last) {
            ASSERT_TRUE(system_.invoke(abi::HandleClose{last}));
        }
        last = next->handle;
    }
    ASSERT_TRUE(system_.invoke(abi::HandleClose{last}));
    EXPECT_TRUE(system_.invoke(abi::BudgetCreate{{}, pages(200)}));
    expect_nothing_left();
}

TEST_F(Endings, OfAChainOfProcesses) {
    abi::Handle last = embryo();
    for (int i = 0; i < 100; ++i) {
        const abi::Handle next = embryo();
        give(next, last);
        ASSERT_TRUE(system_.invoke(abi::HandleClose{last}));
        last = next;
    }
    ASSERT_TRUE(system_.invoke(abi::HandleClose{last}));
    expect_nothing_left();
}

} // namespace
} // namespace pith::kernel
