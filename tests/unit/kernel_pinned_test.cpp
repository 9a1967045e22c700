#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel_cores.h"

#include <map>

/// Threads that one core alone may run.
namespace pith::kernel {
namespace {

class Pinned : public Cores {
  protected:
    Core& core(u32 index) { return system_.kernel().core(index); }
    void pin(Thread& thread, u32 index) { system_.kernel().pin(thread, &core(index)); }
};

TEST_F(Pinned, ItsCoreAloneRunsIt) {
    Thread& thread = start();
    pin(thread, 1);
    system_.on(0).settle();
    EXPECT_EQ(runs(0), nullptr); // though it has nothing to do
    ASSERT_TRUE(interrupted(1));
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &thread);
}

TEST_F(Pinned, AThreadThatPinsItselfElsewhereGoesThere) {
    Thread& thread = start();
    system_.on(0).settle();
    ASSERT_EQ(runs(0), &thread);
    system_.make(abi::ThreadSetCore{{}, 1});
    EXPECT_EQ(runs(0), nullptr);
    ASSERT_TRUE(interrupted(1));
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &thread);
    EXPECT_EQ(thread.context.registers.rax, 0u);
    // And back to any: it stays where it is.
    ASSERT_TRUE(system_.invoke(abi::ThreadSetCore{{}, abi::any_core}));
    EXPECT_EQ(runs(1), &thread);
    EXPECT_EQ(thread.home, nullptr);
}

TEST_F(Pinned, WhoPinsAnotherWaitsUntilItHasLeftItsCore) {
    Thread& boss = start();
    Thread& thread = start();
    const abi::Handle handle = give(boss.process(), Ref<Thread>{thread});
    system_.on(0).settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(1), &thread);
    system_.on(0).make(abi::ThreadSetCore{handle, 0});
    EXPECT_EQ(boss.state, ThreadState::synchronizing);
    system_.on(1).make(abi::ClockRead{}); // it does not know yet
    EXPECT_EQ(runs(1), &thread);
    system_.notice();
    EXPECT_EQ(runs(1), &boss);
    EXPECT_EQ(boss.context.registers.rax, 0u);
    system_.on(0).notice();
    EXPECT_EQ(runs(0), &thread);
}

TEST_F(Pinned, WhatIsRefused) {
    Thread& thread = start();
    Thread& ended = start();
    const abi::Handle dead = give(thread.process(), Ref<Thread>{ended});
    const abi::Handle weak = give(thread.process(), Ref<Thread>{ended}, abi::rights::thread::observe);
    system_.on(0).settle();
    EXPECT_EQ(system_.invoke(abi::ThreadSetCore{{}, 2}).error(), Error::bad_argument);
    EXPECT_EQ(system_.invoke(abi::ThreadSetCore{weak, 0}).error(), Error::denied);
    ASSERT_TRUE(system_.invoke(abi::ThreadKill{dead}));
    EXPECT_EQ(system_.invoke(abi::ThreadSetCore{dead, 0}).error(), Error::wrong_state);
    EXPECT_EQ(thread.home, nullptr);
}

TEST_F(Pinned, AMoreUrgentOneTakesItsCoreAtOnce) {
    Thread& low = start(5);
    Thread& other = start(5);
    system_.on(0).settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(0), &low);
    ASSERT_EQ(runs(1), &other);
    Thread& urgent = start(20);
    pin(urgent, 1);
    system_.on(0).settle();
    EXPECT_EQ(runs(0), &low);
    ASSERT_TRUE(interrupted(1));
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &urgent);
}

TEST_F(Pinned, EqualsOfBothKindsTakeTurns) {
    for (int i = 0; i < 2; ++i)
        pin(start(), 1);
    for (int i = 0; i < 3; ++i)
        start();
    system_.on(0).settle();
    system_.quiesce();
    std::map<Thread*, int> turns;
    for (int slice = 0; slice < 60; ++slice) {
        const u32 index = static_cast<u32>(slice % 2);
        ASSERT_NE(runs(index), nullptr);
        EXPECT_TRUE(runs(index)->may_run_on(core(index)));
        ++turns[runs(index)];
        system_.on(index);
        system_.pass_time(std::max(system_.machine().time, system_.machine().armed));
        system_.quiesce();
    }
    EXPECT_EQ(turns.size(), 5u);
    for (const auto& [thread, count] : turns)
        EXPECT_GE(count, 5);
}

TEST_F(Pinned, ItsMessagesAreFastOnItsCoreAndSlowFromElsewhere) {
    Thread& server = start();
    Thread& client = start();
    auto endpoint = *system_.kernel().root_budget().make<Endpoint>();
    const abi::Handle receive = give(server.process(), endpoint);
    const abi::Handle call = give(client.process(), endpoint);
    system_.on(0).settle();
    ASSERT_EQ(runs(0), &server);
    system_.send(abi::MessageCall::receive, receive);
    ASSERT_EQ(runs(0), &client);
    pin(server, 0);
    system_.send(abi::MessageCall::call, call);
    ASSERT_EQ(runs(0), &server);
    system_.send(abi::MessageCall::reply_and_receive, receive);
    ASSERT_EQ(runs(0), &client);
    EXPECT_EQ(system_.fast_paths_taken(), 2u);
    // From the other core: the server answers at home.
    pin(client, 1);
    system_.settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(1), &client);
    system_.send(abi::MessageCall::call, call, {7});
    EXPECT_EQ(runs(1), nullptr);
    ASSERT_TRUE(interrupted(0));
    system_.on(0).notice();
    ASSERT_EQ(runs(0), &server);
    EXPECT_EQ(server.context.registers.rbx, 7u);
    system_.send(abi::MessageCall::reply_and_receive, receive, {8});
    EXPECT_EQ(runs(0), nullptr);
    ASSERT_TRUE(interrupted(1));
    system_.on(1).notice();
    EXPECT_EQ(runs(1), &client);
    EXPECT_EQ(client.context.registers.rbx, 8u);
    EXPECT_EQ(system_.fast_paths_taken(), 2u);
}

/// A server's answer must not keep the core from somebody of a higher priority than its caller's.
TEST_F(Pinned, AnAnswerLooksAtThemToo) {
    Thread& server = start(20);
    Thread& client = start(5);
    Thread& middle = start(10);
    pin(middle, 0);
    auto endpoint = *system_.kernel().root_budget().make<Endpoint>();
    auto bell = *system_.kernel().root_budget().make<Notification>();
    const abi::Handle receive = give(server.process(), endpoint);
    const abi::Handle ring = give(server.process(), bell);
    const abi::Handle call = give(client.process(), endpoint);
    const abi::Handle wait = give(middle.process(), bell);
    system_.on(0).settle();
    system_.send(abi::MessageCall::receive, receive);
    ASSERT_EQ(runs(0), &middle);
    system_.make(abi::NotificationWait{wait, Instant::never()});
    ASSERT_EQ(runs(0), &client);
    system_.send(abi::MessageCall::call, call);
    ASSERT_EQ(runs(0), &server);
    system_.make(abi::NotificationSignal{ring, 1});
    ASSERT_EQ(runs(0), &server);
    system_.send(abi::MessageCall::reply_and_receive, receive);
    EXPECT_EQ(runs(0), &middle);
}

TEST_F(Pinned, ANewThreadIsWhereItsMakerIs) {
    Thread& maker = start();
    pin(maker, 1);
    system_.on(1).settle();
    ASSERT_EQ(runs(1), &maker);
    const auto made = system_.invoke(abi::ThreadCreate{{}, VirtAddr{0x3'0000}, 10, {}});
    ASSERT_TRUE(made);
    const auto thread = maker.process().handles().get<Thread>(made->handle, abi::rights::thread::run);
    ASSERT_TRUE(thread);
    EXPECT_EQ(thread->get().home, &core(1));
}

TEST_F(Pinned, ATurnGoesOnWhereNobodyMoreUrgentWaits) {
    for (int i = 0; i < 2; ++i)
        pin(start(), 0);
    system_.on(0).settle();
    system_.settle();
    Thread* const turn = runs(0);
    const Instant end = core(0).slice_end;
    ASSERT_FALSE(end.is_never());
    system_.machine().time = system_.machine().time + Duration{100};
    system_.settle();
    EXPECT_EQ(runs(0), turn);
    EXPECT_EQ(core(0).slice_end, end);
}

TEST_F(Pinned, ACoreIsNotInterruptedForSomebodyLessUrgent) {
    Thread& here = start(10);
    Thread& there = start(10);
    pin(here, 0);
    pin(there, 1);
    system_.on(0).settle();
    system_.quiesce();
    ASSERT_EQ(runs(1), &there);
    const u64 before = core(1).summonses;
    pin(start(5), 1);
    system_.on(0).settle();
    EXPECT_EQ(core(1).summonses, before);
    EXPECT_FALSE(interrupted(1));
}

} // namespace
} // namespace pith::kernel
