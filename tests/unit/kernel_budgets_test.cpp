#include "kernel_programs.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/interrupt.h"
#include "kernel/object/timer.h"

#include <array>

/// Budgets' limits, marks and ends: what a parent gives it gets back, to the frame.
namespace pith::kernel {
namespace {

using abi::MessageCall;
constexpr u64 all = abi::rights::all.raw;
constexpr u64 without(abi::Rights rights) { return all & ~u64{rights.raw}; }
constexpr VirtAddr place{0x40'0000}, buffer{0x2'0000};

class Budgets : public Programs {
  protected:
    void SetUp() override {
        system_.settle();
        std::array<abi::Handle, 250> handles; // so that there is room for these from now on
        for (abi::Handle& handle : handles)
            handle = bell();
        for (const abi::Handle handle : handles)
            EXPECT_TRUE(done(abi::HandleClose{handle}));
    }
    abi::Handle split(u64 frames, abi::Handle parent = {}) {
        const auto made = invoke(abi::BudgetCreate{parent, pages(frames)});
        EXPECT_TRUE(made);
        return made ? made->handle : abi::Handle{};
    }
    u64 used(abi::Handle budget = {}) { return invoke(abi::BudgetInfo{budget})->used.raw; }
    u64 limit(abi::Handle budget) { return invoke(abi::BudgetInfo{budget})->limit.raw; }
    /// How much is kept, or an error.
    u64 end(abi::Handle budget) {
        const auto ended = invoke(abi::BudgetEnd{budget});
        EXPECT_TRUE(ended);
        return ended ? ended->kept.raw : ~u64{0};
    }
    abi::Handle bell(abi::Handle budget = {}) { return invoke(abi::NotificationCreate{budget})->handle; }
    u64 bits(abi::Handle bell) {
        const auto taken = invoke(abi::NotificationWait{bell, Instant{}});
        return taken ? taken->bits : 0;
    }
    /// A process with a thread that runs, both paid by the budget; a handle to the process.
    abi::Handle child(abi::Handle budget, u64 priority = 1) {
        const abi::Handle process = invoke(abi::ProcessCreate{budget, 'c', 0})->handle;
        const abi::Handle thread = invoke(abi::ThreadCreate{process, buffer, priority, budget})->handle;
        EXPECT_TRUE(done(abi::ThreadStart{thread, VirtAddr{0x1000}, VirtAddr{0x1000}, 0}));
        return process;
    }
    Process& process_of(abi::Handle handle) {
        return static_cast<Process&>(*parent_.process->handles().find(handle)->object);
    }

    Simulation::Program& parent_ = start(20);
};

TEST_F(Budgets, GrowAndShrink) {
    const abi::Handle budget = split(10);
    const u64 before = used();
    EXPECT_TRUE(done(abi::BudgetResize{{}, budget, pages(15)}));
    EXPECT_EQ(limit(budget), 15u);
    EXPECT_EQ(used(), before + 5);
    ASSERT_TRUE(done(abi::MemoryCreate{budget, pages(4)})); // and a frame for the object
    EXPECT_EQ(error_of(abi::BudgetResize{{}, budget, pages(4)}), Error::wrong_state);
    EXPECT_TRUE(done(abi::BudgetResize{{}, budget, pages(5)}));
    EXPECT_EQ(used(), before - 5);
    EXPECT_EQ(error_of(abi::MemoryCreate{budget, pages(1)}), Error::no_memory);
    EXPECT_EQ(error_of(abi::BudgetResize{{}, budget, pages(1u << 30)}), Error::no_memory);
    EXPECT_EQ(error_of(abi::BudgetResize{{}, budget, pages(0)}), Error::bad_argument);
    EXPECT_EQ(limit(budget), 5u);
}

TEST_F(Budgets, AreResizedByTheirParentsHolderAlone) {
    const abi::Handle outer = split(20);
    const abi::Handle inner = split(5, outer);
    EXPECT_EQ(error_of(abi::BudgetResize{{}, inner, pages(6)}), Error::bad_argument); // another's child
    EXPECT_TRUE(done(abi::BudgetResize{outer, inner, pages(6)}));
    const auto weak = invoke(abi::HandleCopy{inner, without(abi::rights::budget::end), {}});
    ASSERT_TRUE(weak);
    EXPECT_EQ(error_of(abi::BudgetResize{outer, weak->handle, pages(7)}), Error::denied);
    EXPECT_EQ(error_of(abi::BudgetEnd{weak->handle}), Error::denied);
    const auto no_split = invoke(abi::HandleCopy{outer, without(abi::rights::budget::split), {}});
    EXPECT_EQ(error_of(abi::BudgetResize{no_split->handle, inner, pages(7)}), Error::denied);
}

TEST_F(Budgets, TellOnceThatLittleIsLeft) {
    const abi::Handle budget = split(20);
    const abi::Handle told = bell();
    ASSERT_TRUE(done(abi::BudgetObserve{budget, told, 5, pages(10)}));
    ASSERT_TRUE(done(abi::MemoryCreate{budget, pages(6)})); // 13 are left
    EXPECT_EQ(bits(told), 0u);
    ASSERT_TRUE(done(abi::MemoryCreate{budget, pages(6)}));
    EXPECT_EQ(bits(told), 5u);
    ASSERT_TRUE(done(abi::MemoryCreate{budget, pages(1)}));
    EXPECT_EQ(bits(told), 0u);
    ASSERT_TRUE(done(abi::BudgetObserve{budget, told, 6, pages(10)})); // so it is, now
    EXPECT_EQ(bits(told), 6u);
    ASSERT_TRUE(done(abi::BudgetObserve{budget, told, 7, pages(2)}));
    EXPECT_EQ(bits(told), 0u);
    ASSERT_TRUE(done(abi::BudgetResize{{}, budget, pages(15)})); // fewer because there is less
    EXPECT_EQ(bits(told), 7u);
}

TEST_F(Budgets, TellOfTheirEndAndOfAChildsShare) {
    const abi::Handle budget = split(20);
    const abi::Handle told = bell();
    ASSERT_TRUE(done(abi::BudgetObserve{budget, told, 1, pages(10)}));
    const abi::Handle inner = split(15, budget);
    EXPECT_EQ(bits(told), 1u);
    ASSERT_TRUE(done(abi::BudgetObserve{inner, told, 2, pages(1)}));
    EXPECT_EQ(end(budget), 0u);
    EXPECT_EQ(bits(told), 2u);
}

/// The budget pays for the notification, so neither may keep the other.
TEST_F(Budgets, AreNotKeptByWhomTheyTell) {
    const u64 before = used();
    const abi::Handle budget = split(20);
    const abi::Handle told = bell(budget);
    ASSERT_TRUE(done(abi::BudgetObserve{budget, told, 1, pages(10)}));
    ASSERT_TRUE(done(abi::HandleClose{told}));
    ASSERT_TRUE(done(abi::MemoryCreate{budget, pages(15)})); // there is nobody to be told
    EXPECT_EQ(end(budget), 0u);
    ASSERT_EQ(used(), before);
    const abi::Handle left = split(20);
    const abi::Handle lost = bell(left);
    ASSERT_TRUE(done(abi::BudgetObserve{left, lost, 1, pages(1)}));
    ASSERT_TRUE(done(abi::HandleClose{lost}));
    ASSERT_TRUE(done(abi::HandleClose{left}));
    EXPECT_EQ(used(), before);
}

TEST_F(Budgets, OfAnyNumberTellNobodyOnceItIsGone) {
    const u64 before = used();
    const abi::Handle told = bell();
    std::array<abi::Handle, 40> budgets; // more than a slice forgets
    for (abi::Handle& budget : budgets) {
        budget = split(3);
        ASSERT_TRUE(done(abi::BudgetObserve{budget, told, 1, pages(1)}));
    }
    ASSERT_TRUE(done(abi::HandleClose{told}));
    system_.settle();
    for (const abi::Handle budget : budgets) {
        EXPECT_TRUE(done(abi::MemoryCreate{budget, pages(2)}));
        EXPECT_EQ(end(budget), 0u);
    }
    EXPECT_EQ(used(), before);
}

TEST_F(Budgets, EndWithEverythingThatTheyPaidFor) {
    const u64 before = used();
    const abi::Handle budget = split(200);
    const abi::Handle inner = split(60, budget);
    const abi::Handle one = child(budget), two = child(inner);
    const abi::Handle endpoint = invoke(abi::EndpointCreate{inner})->handle;
    const abi::Handle memory = invoke(abi::MemoryCreate{inner, pages(40)})->handle;
    ASSERT_TRUE(done(abi::MemoryMap{{}, memory, place, {}, pages(40), 3}));
    const abi::Handle line = bell(budget);
    const abi::Handle timer = invoke(abi::TimerCreate{budget, line, 1})->handle;
    ASSERT_TRUE(done(abi::TimerSet{timer, Instant{{1'000'000}}}));
    const abi::Handle queue = invoke(abi::QueueCreate{budget, 4})->handle;
    EXPECT_EQ(end(budget), 0u);
    for (const abi::Handle handle : {budget, inner, one, two, endpoint, memory, line, timer, queue})
        EXPECT_EQ(error_of(abi::HandleInfo{handle}), Error::bad_handle);
    EXPECT_FALSE(parent_.process->space().query(place));
    ASSERT_TRUE(done(abi::MemoryUnmap{{}, place, pages(40)}));
    EXPECT_EQ(used(), before);
}

TEST_F(Budgets, EndForThoseWhoWaitForWhatTheyPaidFor) {
    const abi::Handle budget = split(100);
    const abi::Handle endpoint = invoke(abi::EndpointCreate{budget})->handle;
    const abi::Handle line = bell(budget);
    Simulation::Program& caller = start(20);
    Simulation::Program& waiter = start(20);
    const auto object = [&](abi::Handle handle) -> Object& {
        return *parent_.process->handles().find(handle)->object;
    };
    const abi::Handle to_call = give(caller, object(endpoint));
    const abi::Handle to_wait = give(waiter, object(line));
    run(caller);
    system_.send(MessageCall::call, to_call);
    run(waiter);
    system_.make(abi::NotificationWait{to_wait, Instant::never()});
    run(parent_);
    EXPECT_EQ(end(budget), 0u);
    EXPECT_EQ(caller.thread->state, ThreadState::ready);
    EXPECT_EQ(Simulation::message_of(*caller.thread).error(), Error::closed);
    EXPECT_EQ(waiter.thread->context.registers.rax, std::to_underlying(Error::closed));
}

/// Whatever of somebody else's refers to what ends lets it go.
TEST_F(Budgets, EndThoughOthersReferToWhatTheyPaidFor) {
    const abi::Handle system = give_system(parent_, abi::rights::all);
    const abi::Handle budget = split(100);
    const abi::Handle line = bell(budget);
    const abi::Handle endpoint = invoke(abi::EndpointCreate{budget})->handle;
    const abi::Handle own = give(parent_, *parent_.process);
    const abi::Handle interrupt = invoke(abi::InterruptCreate{system, {}, 4})->handle;
    ASSERT_TRUE(done(abi::InterruptBind{interrupt, line, 1}));
    ASSERT_TRUE(done(abi::ProcessObserve{own, line, 2}));
    ASSERT_TRUE(done(abi::ProcessSetFaultHandler{own, endpoint, 0}));
    const abi::Handle queue = invoke(abi::QueueCreate{{}, 1})->handle;
    ASSERT_TRUE(done(abi::QueueBind{queue, 0, line, 4}));
    const abi::Handle timer = invoke(abi::TimerCreate{{}, line, 8})->handle;
    ASSERT_TRUE(done(abi::BudgetObserve{{}, line, 16, pages(1)}));
    // A thread of another's, in a process of the budget, that never runs.
    const abi::Handle process = invoke(abi::ProcessCreate{budget, 'c', 0})->handle;
    const abi::Handle thread = invoke(abi::ThreadCreate{process, buffer, 1, {}})->handle;
    EXPECT_TRUE(system_.machine().unmasked[4]);
    EXPECT_EQ(end(budget), 0u);
    EXPECT_FALSE(system_.machine().unmasked[4]);
    EXPECT_EQ(error_of(abi::ThreadKill{thread}), Error::bad_handle);
    ASSERT_TRUE(done(abi::TimerSet{timer, Instant{}})); // signals nobody
    const abi::Handle next = bell();
    ASSERT_TRUE(done(abi::InterruptBind{interrupt, next, 32}));
    EXPECT_TRUE(system_.machine().unmasked[4]);
}

TEST_F(Budgets, KeepWhatABadgeNeedsThatOthersCarry) {
    const u64 before = used();
    const abi::Handle endpoint = invoke(abi::EndpointCreate{})->handle;
    const abi::Handle budget = split(100);
    const abi::Handle process = child(budget, 20);
    Simulation::Program minter{Ref{process_of(process)}, Ref{*process_of(process).threads.front()}};
    const abi::Handle copy = invoke(abi::HandleCopy{endpoint, all, process})->handle;
    run(minter);
    const abi::Handle minted = invoke(abi::HandleMint{copy, all, 7})->handle;
    const abi::Handle here =
        *parent_.process->handles().insert(*minter.process->handles().copy(minted, abi::rights::all));
    minter = {};
    run(parent_);
    EXPECT_EQ(end(budget), 1u); // the record's frame
    EXPECT_EQ(invoke(abi::HandleInfo{here})->badge, 7u);
    ASSERT_TRUE(done(abi::HandleClose{here}));
    system_.send(MessageCall::receive, endpoint); // of whom the receiver hears
    EXPECT_EQ(Simulation::message_of(*parent_.thread).status(), abi::Status::gone);
    ASSERT_TRUE(done(abi::HandleClose{endpoint}));
    EXPECT_EQ(used(), before);
}

TEST_F(Budgets, OfADeviceStayUntilItIsAtRest) {
    const u64 before = used();
    const abi::Handle system = give_system(parent_, abi::rights::all);
    const u64 with_system = used();
    const abi::Handle budget = split(100), own = split(100);
    const abi::Handle memory = invoke(abi::MemoryCreate{budget, pages(3)})->handle;
    const abi::Handle domain = invoke(abi::DmaDomainCreate{system, own, 0x18})->handle;
    const auto window = invoke(abi::DmaMap{domain, memory, {}, pages(3), 3});
    ASSERT_TRUE(window);
    EXPECT_EQ(end(budget), 4u); // three pages, and the object
    ASSERT_TRUE(done(abi::DmaUnmap{domain, window->address}));
    EXPECT_EQ(end(own), 0u);
    EXPECT_EQ(used(), with_system);
    ASSERT_TRUE(done(abi::HandleClose{system}));
    EXPECT_EQ(used(), before);
}

/// Each is ended by itself while something in the innermost stays, so all of them count that. What it costs
/// to give it back does not depend on how many they are.
TEST_F(Budgets, EndedOneByOneGiveBackThroughAllOfThem) {
    const abi::Handle system = give_system(parent_, abi::rights::all);
    const u64 before = used();
    std::vector<abi::Handle> nested{split(400)};
    for (u64 frames = 397; nested.size() < 100; frames -= 3)
        nested.push_back(split(frames, nested.back()));
    const abi::Handle memory = invoke(abi::MemoryCreate{nested.back(), pages(3)})->handle;
    const abi::Handle own = split(100);
    const abi::Handle domain = invoke(abi::DmaDomainCreate{system, own, 0x18})->handle;
    const auto window = invoke(abi::DmaMap{domain, memory, {}, pages(3), 3});
    ASSERT_TRUE(window);
    for (; !nested.empty(); nested.pop_back())
        EXPECT_GE(end(nested.back()), 4u); // three pages, and the object
    ASSERT_TRUE(done(abi::DmaUnmap{domain, window->address}));
    EXPECT_EQ(end(own), 0u);
    Reclaimer& reclaimer = system_.kernel().reclaimer();
    u64 slices = 0;
    for (; reclaimer.has_work(); ++slices)
        reclaimer.step();
    EXPECT_LE(slices, 12u);
    EXPECT_EQ(used(), before);
}

TEST_F(Budgets, EndTheirOwnProcesses) {
    Simulation::Program& helper = start(20);
    const abi::Handle budget = split(100);
    const abi::Handle process = child(budget, 20);
    Simulation::Program ender{Ref{process_of(process)}, Ref{*process_of(process).threads.front()}};
    const abi::Handle at_ender = invoke(abi::HandleCopy{budget, all, process})->handle;
    const abi::Handle twice = invoke(abi::HandleCopy{budget, all, process})->handle;
    EXPECT_TRUE(twice);
    run(ender);
    system_.make(abi::BudgetEnd{at_ender});
    EXPECT_EQ(ender.thread->state, ThreadState::ended);
    ender = {};
    system_.kernel().reclaimer().finish(); // as in a moment when nobody runs
    run(parent_);
    EXPECT_EQ(error_of(abi::HandleInfo{budget}), Error::bad_handle);
    EXPECT_EQ(error_of(abi::HandleInfo{process}), Error::bad_handle);
    EXPECT_FALSE(helper.process->ended);
}

/// Who allocates from the budget between any two slices finds less and less, and its end comes.
TEST_F(Budgets, EndAgainstThoseWhoGoOnToAllocate) {
    const u64 before = used();
    const abi::Handle budget = split(300);
    const abi::Handle process = child(budget, 20);
    Simulation::Program rival{Ref{process_of(process)}, Ref{*process_of(process).threads.front()}};
    const abi::Handle share = invoke(abi::HandleCopy{budget, all, process})->handle;
    const abi::Handle inner = split(100, budget);
    const abi::Handle deep = invoke(abi::HandleCopy{inner, all, process})->handle;
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE(done(abi::EndpointCreate{budget}));
    system_.set_stepwise();
    system_.make(abi::BudgetEnd{budget});
    u64 calls = 0, slices = 0;
    for (; parent_.thread->budget_to_end; ++slices) {
        ASSERT_LT(slices, 5000u);
        system_.settle();
        if (system_.polling() || system_.current() != rival.thread.get()) continue;
        for (int i = 0; i < 3 && system_.current() == rival.thread.get(); ++i, ++calls) {
            const abi::Handle payer = calls % 2 == 0 ? share : deep;
            (void)invoke(abi::NotificationCreate{payer});
        }
        if (system_.current() == rival.thread.get()) system_.make(abi::Yield{});
    }
    EXPECT_EQ(rival.thread->state, ThreadState::ended);
    rival = {};
    while (system_.polling())
        system_.settle();
    run(parent_);
    EXPECT_EQ(used(), before);
}

/// With any number of frames a budget pays for something, or for nothing; never is anything left of it.
TEST_F(Budgets, EndAtAnySize) {
    const abi::Handle endpoint = invoke(abi::EndpointCreate{})->handle;
    for (u64 frames = 1; frames < 60; ++frames) {
        const u64 before = used();
        const abi::Handle budget = split(frames);
        const auto process = invoke(abi::ProcessCreate{budget, 'c', 0});
        if (process) {
            if (const auto thread = invoke(abi::ThreadCreate{process->handle, buffer, 1, budget}))
                (void)done(abi::ThreadStart{thread->handle, VirtAddr{0x1000}, VirtAddr{0x1000}, 0});
            (void)done(abi::HandleCopy{endpoint, all, process->handle});
            (void)done(abi::HandleCopy{budget, all, process->handle});
            if (const auto memory = invoke(abi::MemoryCreate{budget, pages(9)}))
                (void)done(abi::MemoryMap{process->handle, memory->handle, place, {}, pages(9), 3});
        }
        (void)invoke(abi::QueueCreate{budget, 2});
        (void)invoke(abi::BudgetCreate{budget, pages(2)});
        EXPECT_EQ(end(budget), 0u);
        EXPECT_EQ(used(), before) << frames;
    }
}

TEST_F(Budgets, NestedDeeplyEndInSlices) {
    const u64 before = used();
    const abi::Handle first = split(400);
    abi::Handle last = first;
    for (u64 frames = 398; frames > 2; frames -= 2)
        last = split(frames, last);
    EXPECT_EQ(end(first), 0u);
    EXPECT_EQ(used(), before);
}

TEST_F(Budgets, OfTheMachineNeverEnds) {
    const abi::Handle root = give(parent_, system_.kernel().root_budget());
    EXPECT_EQ(error_of(abi::BudgetEnd{root}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::BudgetResize{{}, root, pages(5)}), Error::bad_argument);
}

/// A thread of the budget runs on another core, which has not noticed yet: the kernel does not wait for it,
/// the caller does.
TEST(BudgetsOnCores, EndWhenTheOtherCoreHasLeft) {
    Simulation system{pages(2048), 2};
    Simulation::Program parent = system.start(20);
    system.on(0).settle();
    ASSERT_TRUE(system.invoke(abi::NotificationCreate{})); // so that there is room for handles
    const u64 before = system.invoke(abi::BudgetInfo{})->used.raw;
    for (u32 here = 0, round = 0; round < 2; ++round) { // once more by the same thread
        const u32 there = 1 - here;
        const abi::Handle budget = system.invoke(abi::BudgetCreate{{}, pages(100)})->handle;
        const abi::Handle process = system.invoke(abi::ProcessCreate{budget, 'c', 0})->handle;
        const abi::Handle thread = system.invoke(abi::ThreadCreate{process, buffer, 20, budget})->handle;
        ASSERT_TRUE(system.invoke(abi::ThreadStart{thread, VirtAddr{0x1000}, VirtAddr{0x1000}, 0}));
        system.on(there).notice();
        ASSERT_NE(system.current(), nullptr);
        ASSERT_NE(system.current(), parent.thread.get());
        system.on(here).make(abi::BudgetEnd{budget});
        EXPECT_EQ(parent.thread->state, ThreadState::synchronizing);
        EXPECT_NE(system.on(there).current(), nullptr);
        EXPECT_FALSE(system.invoke(abi::NotificationCreate{})); // its budget pays for nothing any more
        system.quiesce();
        system.on(here).settle();
        EXPECT_EQ(parent.thread->state, ThreadState::running);
        EXPECT_EQ(parent.thread->context.registers.rax, 0u);
        EXPECT_EQ(parent.thread->context.registers.rdx, 0u);
        here = parent.thread.get() == system.on(0).current() ? 0 : 1;
        system.on(here);
        EXPECT_EQ(system.invoke(abi::BudgetInfo{})->used.raw, before);
    }
}

} // namespace
} // namespace pith::kernel
