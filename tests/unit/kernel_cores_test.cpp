#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel_cores.h"

#include <map>

namespace pith::kernel {
namespace {

constexpr VirtAddr place{0x4000'0000};
constexpr u64 read_write = 3;

TEST_F(Cores, EachCoreRunsAThread) {
    Thread& first = start();
    Thread& second = start();
    system_.on(0).settle();
    EXPECT_EQ(runs(0), &first);
    EXPECT_EQ(runs(1), nullptr);
    ASSERT_TRUE(interrupted(1)); // something waits for a turn, and it idles
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &second);
}

TEST_F(Cores, AnIdleCoreIsAskedOnce) {
    for (int i = 0; i < 3; ++i)
        start();
    system_.on(0).settle();
    system_.make(abi::AcceptHandles{0});
    system_.make(abi::Yield{});
    EXPECT_EQ(system_.kernel().core(1).summonses, 1u);
    system_.on(1).notice();
    EXPECT_NE(runs(1), nullptr);
}

TEST_F(Cores, AWakeUpIsNotLostWhileTheOtherCoreGoesIdle) {
    Thread& waiter = start();
    Thread& other = start();
    auto bell = *system_.kernel().root_budget().make<Notification>();
    const abi::Handle at_waiter = give(waiter.process(), bell);
    const abi::Handle at_other = give(other.process(), bell);
    system_.on(0).settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(0), &waiter);
    ASSERT_EQ(runs(1), &other);
    system_.on(0).make(abi::NotificationWait{at_waiter, Instant::never()});
    EXPECT_EQ(runs(0), nullptr);
    system_.on(1).make(abi::NotificationSignal{at_other, 4});
    EXPECT_EQ(runs(1), &other);
    ASSERT_TRUE(interrupted(0));
    system_.on(0).notice();
    EXPECT_EQ(runs(0), &waiter);
    EXPECT_EQ(waiter.context.registers.rdx, 4u);
}

TEST_F(Cores, AMoreUrgentThreadTakesTheCoreOfTheLeastUrgent) {
    Thread& low = start(5);
    Thread& middle = start(10);
    system_.on(0).settle();
    ASSERT_EQ(runs(0), &middle);
    system_.on(1).notice();
    ASSERT_EQ(runs(1), &low);
    Thread& urgent = start(20);
    system_.on(0).settle();
    ASSERT_EQ(runs(0), &urgent); // here and now
    ASSERT_TRUE(interrupted(1)); // and who was here is more urgent than who is there
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &middle);
    EXPECT_EQ(low.state, ThreadState::ready);
}

TEST_F(Cores, EqualsShareAllCores) {
    for (int i = 0; i < 3; ++i)
        start();
    system_.on(0).settle();
    system_.on(1).notice();
    // Both have their turns timed: none of the three waits for ever.
    system_.quiesce();
    for (u32 i = 0; i < 2; ++i)
        EXPECT_TRUE(system_.kernel().core(i).slice_is_timed) << i;
    std::map<Thread*, int> turns;
    for (int slice = 0; slice < 30; ++slice) {
        const u32 core = static_cast<u32>(slice % 2);
        ++turns[runs(core)];
        system_.on(core);
        system_.pass_time(std::max(system_.machine().time, system_.machine().armed));
    }
    EXPECT_EQ(turns.size(), 3u);
}

TEST_F(Cores, AServerRunsOnItsCallersCore) {
    Thread& server = start();
    Thread& client = start();
    auto endpoint = *system_.kernel().root_budget().make<Endpoint>();
    const abi::Handle receive = give(server.process(), endpoint);
    const abi::Handle call = give(client.process(), endpoint);
    system_.on(0).settle();
    system_.send(abi::MessageCall::receive, receive);
    ASSERT_EQ(server.state, ThreadState::receiving);
    ASSERT_EQ(runs(0), &client);
    start(); // so that the client moves
    system_.make(abi::Yield{});
    system_.on(1).notice();
    ASSERT_EQ(runs(1), &client);
    system_.send(abi::MessageCall::call, call);
    EXPECT_EQ(runs(1), &server);
    EXPECT_EQ(system_.fast_paths_taken(), 1u);
    system_.send(abi::MessageCall::reply_and_receive, receive);
    EXPECT_EQ(runs(1), &client);
}

TEST_F(Cores, AThreadThatAnotherCoreRunsEndsOnceThatCoreHasLeftIt) {
    Thread& killer = start();
    Thread& victim = start();
    const abi::Handle handle = give(killer.process(), Ref<Thread>{victim});
    system_.on(0).settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(1), &victim);
    system_.on(0).make(abi::ThreadKill{handle});
    EXPECT_EQ(killer.state, ThreadState::synchronizing);
    EXPECT_EQ(victim.state, ThreadState::running);
    // What it does meanwhile is done as ever, but never the fast way.
    system_.on(1).make(abi::ClockRead{});
    EXPECT_EQ(victim.state, ThreadState::running);
    system_.notice();
    EXPECT_EQ(victim.state, ThreadState::ended);
    EXPECT_TRUE(victim.process().left);
    EXPECT_EQ(runs(1), &killer); // this core has nothing else to do
    EXPECT_EQ(killer.context.registers.rax, 0u);
}

TEST_F(Cores, AThreadThatAnotherCoreRunsIsStoppedOnceThatCoreHasLeftIt) {
    Thread& debugger = start();
    Thread& victim = start();
    const abi::Handle handle = give(debugger.process(), Ref<Thread>{victim});
    system_.on(0).settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(1), &victim);
    system_.on(0).make(abi::ThreadStop{handle});
    EXPECT_EQ(debugger.state, ThreadState::synchronizing);
    EXPECT_EQ(victim.state, ThreadState::running);
    system_.on(1).make(abi::ClockRead{});
    system_.notice();
    EXPECT_EQ(victim.state, ThreadState::stopped);
    EXPECT_EQ(runs(1), &debugger);
    EXPECT_EQ(debugger.context.registers.rax, 0u);
    EXPECT_TRUE(system_.invoke(abi::ThreadReadRegisters{handle}));
    EXPECT_TRUE(system_.invoke(abi::ThreadResume{handle}));
    system_.quiesce();
    EXPECT_EQ(victim.state, ThreadState::running);
}

TEST_F(Cores, WhoShallBeStoppedDoesNotGoOnBehindASignal) {
    Thread& debugger = start();
    Thread& victim = start();
    Thread& waiter = start(20);
    auto bell = *system_.kernel().root_budget().make<Notification>();
    const abi::Handle handle = give(debugger.process(), Ref<Thread>{victim});
    const abi::Handle of_waiter = give(waiter.process(), bell), of_victim = give(victim.process(), bell);
    system_.on(0).settle();
    system_.on(0).make(abi::NotificationWait{of_waiter, Instant::never()});
    system_.quiesce();
    const u32 core = runs(0) == &victim ? 0 : 1;
    ASSERT_EQ(runs(core), &victim);
    ASSERT_EQ(runs(1 - core), &debugger);
    system_.on(1 - core).make(abi::ThreadStop{handle});
    ASSERT_EQ(victim.state, ThreadState::running); // it has not heard of it
    system_.on(core).make(abi::NotificationSignal{of_victim, 1});
    EXPECT_EQ(victim.state, ThreadState::stopped);
    system_.quiesce();
    EXPECT_EQ(waiter.state, ThreadState::running);
    EXPECT_EQ(victim.state, ThreadState::stopped);
}

TEST_F(Cores, WhoGivesWayToAWaiterGoesOnElsewhere) {
    Thread& waiter = start(20);
    Thread& signaller = start();
    auto bell = *system_.kernel().root_budget().make<Notification>();
    const abi::Handle of_waiter = give(waiter.process(), bell),
                      of_signaller = give(signaller.process(), bell);
    system_.on(0).settle();
    ASSERT_EQ(runs(0), &waiter);
    system_.make(abi::NotificationWait{of_waiter, Instant::never()});
    ASSERT_EQ(runs(0), &signaller);
    system_.quiesce();
    ASSERT_EQ(runs(1), nullptr);
    system_.on(0).make(abi::NotificationSignal{of_signaller, 1});
    EXPECT_EQ(runs(0), &waiter);
    ASSERT_TRUE(interrupted(1));
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &signaller);
}

TEST_F(Cores, AProcessEndsWithAllItsThreadsWhereverTheyRun) {
    Thread& killer = start(20);
    Thread& victim = start();
    start_in(victim.process());
    auto bell = *system_.kernel().root_budget().make<Notification>();
    const abi::Handle handle = give(killer.process(), Ref<Process>{victim.process()});
    const abi::Handle observer = give(killer.process(), bell);
    system_.on(0).settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(0), &killer);
    ASSERT_EQ(runs(1), &victim);
    ASSERT_TRUE(system_.on(0).invoke(abi::ProcessObserve{handle, observer, 1}));
    system_.make(abi::ProcessKill{handle});
    EXPECT_EQ(killer.state, ThreadState::synchronizing);
    EXPECT_FALSE(victim.process().left); // one of its threads runs
    EXPECT_FALSE(bell->has_bits());
    system_.on(1).notice();
    EXPECT_TRUE(victim.process().left);
    EXPECT_TRUE(bell->has_bits());
    EXPECT_NE(killer.state, ThreadState::synchronizing);
}

TEST_F(Cores, WhoIsToEndCannotKillAnotherInReturnForEver) {
    Thread& first = start();
    Thread& second = start();
    const abi::Handle to_second = give(first.process(), Ref<Thread>{second});
    const abi::Handle to_first = give(second.process(), Ref<Thread>{first});
    system_.on(0).settle();
    system_.on(1).notice();
    system_.on(0).make(abi::ThreadKill{to_second});
    system_.on(1).make(abi::ThreadKill{to_first}); // it waits and so is on no core: it ends at once
    EXPECT_EQ(first.state, ThreadState::ended);
    system_.quiesce();
    EXPECT_EQ(second.state, ThreadState::ended);
    EXPECT_FALSE(system_.kernel().summons().outstanding());
}

class SharedMemory : public Cores {
  protected:
    void SetUp() override {
        Kernel& kernel = system_.kernel();
        first_ = &start();
        second_ = &start_in(first_->process());
        system_.on(0).settle();
        system_.on(1).notice();
        ASSERT_EQ(runs(0), first_);
        ASSERT_EQ(runs(1), second_);
        Ref<Memory> memory = *kernel.root_budget().make<Memory>(pages(1));
        ASSERT_TRUE(*memory->fill());
        ASSERT_TRUE(first_->process().space().map(*memory, {place, pages(1)},
                                                  {abi::rights::all, abi::Rights{read_write}}));
    }
    Thread* first_ = nullptr;
    Thread* second_ = nullptr;
};

TEST_F(SharedMemory, UnmappingReturnsWhenNoCoreKnowsThePage) {
    const auto known = system_.on(1).touch(place);
    ASSERT_TRUE(known);
    const PageCount free = system_.free_frames();
    system_.on(0).make(abi::MemoryUnmap{{}, place, pages(1)});
    EXPECT_EQ(first_->state, ThreadState::synchronizing);
    EXPECT_EQ(system_.on(1).touch(place), known); // it still believes what it knew
    // The frame is free, but nobody gets it yet.
    EXPECT_GT(system_.free_frames(), free);
    for (int i = 0; i < 200; ++i) {
        const auto frame = system_.kernel().frames().allocate();
        ASSERT_TRUE(frame);
        ASSERT_NE(*frame, *known);
        system_.kernel().frames().free(*frame);
    }
    system_.on(1).notice();
    EXPECT_EQ(system_.touch(place), std::nullopt);
    system_.on(0).notice();
    EXPECT_EQ(runs(0), first_);
    EXPECT_EQ(first_->context.registers.rax, 0u);
}

TEST_F(SharedMemory, CoresThatRunSomethingElseAreLeftAlone) {
    system_.on(1).make(abi::ThreadExit{});
    ASSERT_EQ(runs(1), nullptr);
    system_.quiesce(); // the message buffer of that thread was known to the other core
    const u64 before = system_.kernel().core(1).summonses;
    system_.on(0).make(abi::MemoryUnmap{{}, place, pages(1)});
    EXPECT_EQ(first_->state, ThreadState::running);
    EXPECT_EQ(system_.kernel().core(1).summonses, before);
}

TEST_F(SharedMemory, WhatIsHeldBackIsUsedAgainInTheEnd) {
    const PageCount all = system_.free_frames();
    for (int round = 0; round < 20; ++round) {
        Ref<Memory> memory = *system_.kernel().root_budget().make<Memory>(pages(1000));
        while (!*memory->fill()) {
        }
        ASSERT_TRUE(first_->process().space().map(*memory, {place + pages(1), pages(1000)},
                                                  {abi::rights::all, abi::Rights{read_write}}))
            << round;
        memory.reset();
        ASSERT_TRUE(system_.on(1).touch(place + pages(7)));
        system_.on(0).make(abi::MemoryUnmap{{}, place + pages(1), pages(1000)});
        system_.quiesce();
        ASSERT_EQ(first_->state, ThreadState::running) << round;
    }
    EXPECT_EQ(system_.free_frames(), all);
}

TEST_F(SharedMemory, WhoWaitsForCoresCannotBeCalledOff) {
    const abi::Handle handle = give(second_->process(), Ref<Thread>{*first_});
    system_.on(0).make(abi::MemoryUnmap{{}, place, pages(1)});
    ASSERT_EQ(first_->state, ThreadState::synchronizing);
    system_.on(1);
    EXPECT_EQ(system_.invoke(abi::ThreadCancel{handle}).error(), Error::wrong_state);
    system_.quiesce();
    EXPECT_EQ(first_->state, ThreadState::running);
    EXPECT_FALSE(system_.kernel().summons().outstanding());
}

TEST_F(Cores, TheNextDeadlineIsWatchedByOneCore) {
    Thread& first = start();
    Thread& second = start();
    system_.on(0).settle();
    system_.on(1).notice();
    system_.on(1).make(abi::Sleep{Instant{{2000}}});
    EXPECT_EQ(system_.machine().armed, Instant{{2000}});
    system_.on(0).make(abi::Sleep{Instant{{1000}}});
    EXPECT_EQ(system_.machine().armed, Instant{{1000}});
    system_.pass_time({{1500}});
    EXPECT_EQ(runs(0), &first);
    EXPECT_TRUE(system_.machine().armed.is_never()); // the other core has it
    system_.on(1).pass_time({{2000}});
    EXPECT_EQ(runs(1), &second);
}

TEST_F(Cores, TheLeastUrgentPriorityCountsToo) {
    Thread& first = start(10);
    system_.on(0).settle();
    system_.settle();
    ASSERT_EQ(runs(0), &first);
    Thread& least = start(0);
    system_.settle();
    ASSERT_TRUE(interrupted(1));
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &least);
}

TEST(MoreCores, TheLeastUrgentOfThemIsInterrupted) {
    Simulation system{pages(4096), 3};
    Kernel& kernel = system.kernel();
    std::vector<Simulation::Program> programs;
    constexpr std::array<u8, 3> priorities{10, 5, 8};
    for (u32 i = 0; i < priorities.size(); ++i) {
        programs.push_back(system.start(priorities[i]));
        kernel.pin(*programs.back().thread, &kernel.core(i));
    }
    system.on(0).settle();
    system.quiesce();
    for (u32 i = 0; i < priorities.size(); ++i)
        ASSERT_EQ(kernel.core(i).current, programs[i].thread.get());
    programs.push_back(system.start(9));
    system.on(0).settle();
    EXPECT_TRUE(system.local(1).interrupted);
    EXPECT_FALSE(system.local(2).interrupted);
    for (const auto& program : programs)
        kernel.end_process(*program.process, {});
    system.quiesce();
}

} // namespace
} // namespace pith::kernel
