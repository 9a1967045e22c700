#include "kernel/object/endpoint.h"
#include "kernel/object/timer.h"
#include "kernel_programs.h"

#include <gtest/gtest.h>

#include <random>

/// Timers, the clock page, and who is told what at which time.
namespace pith::kernel {
namespace {

using abi::MessageCall;

class Timers : public Programs {
  protected:
    void SetUp() override {
        ASSERT_TRUE(has_page_);
        system_.settle();
        run(one_);
        bell_ = system_.invoke(abi::NotificationCreate{})->handle;
    }
    abi::Handle timer(u64 bits) { return system_.invoke(abi::TimerCreate{{}, bell_, bits})->handle; }
    void set(abi::Handle timer, u64 time) {
        run(one_);
        ASSERT_TRUE(system_.invoke(abi::TimerSet{timer, {{time}}}));
    }
    void pass(u64 time) { system_.pass_time({{time}}); }
    [[nodiscard]] u64 bits() {
        run(one_);
        const auto bits = system_.invoke(abi::NotificationWait{bell_, Instant{}});
        return bits ? bits->bits : 0;
    }

    /// Made once, and kept for good.
    bool make_clock_page() {
        const bool made = system_.kernel().clock_page().has_value();
        before_ = system_.free_frames();
        return made;
    }

    bool has_page_ = make_clock_page();
    Simulation::Program& one_ = start(10);
    Simulation::Program& two_ = start(10);
    abi::Handle bell_;
};

TEST_F(Timers, EachSignalsAtItsTimeAndOnce) {
    set(timer(1), 3000);
    set(timer(2), 1000);
    set(timer(4), 2000);
    EXPECT_EQ(system_.machine().armed.raw, 1000);
    EXPECT_EQ(bits(), 0);
    pass(1000);
    EXPECT_EQ(bits(), 2);
    EXPECT_EQ(system_.machine().armed.raw, 2000);
    pass(2999);
    EXPECT_EQ(bits(), 4);
    pass(3000);
    EXPECT_EQ(bits(), 1);
    pass(9000);
    EXPECT_EQ(bits(), 0);
    EXPECT_TRUE(system_.kernel().waits().next_deadline().is_never());
}

TEST_F(Timers, SettingReplacesAndCancellingTells) {
    const abi::Handle one = timer(1);
    EXPECT_EQ(system_.invoke(abi::TimerCancel{one})->was_set, 0);
    set(one, 1000);
    set(one, 2000);
    pass(1500);
    EXPECT_EQ(bits(), 0);
    pass(2000);
    EXPECT_EQ(bits(), 1);
    EXPECT_EQ(system_.invoke(abi::TimerCancel{one})->was_set, 0);
    set(one, 3000);
    EXPECT_EQ(system_.invoke(abi::TimerCancel{one})->was_set, 1);
    set(one, 4000);
    set(one, Instant::never().raw);
    pass(5000);
    EXPECT_EQ(bits(), 0);
    set(one, 4999); // has passed
    EXPECT_EQ(bits(), 1);
}

TEST_F(Timers, RightsAndKindsAreChecked) {
    const abi::Handle one = timer(1);
    const abi::Handle weak = system_.invoke(abi::HandleCopy{one, abi::rights::copy.raw, {}})->handle;
    EXPECT_EQ(system_.invoke(abi::TimerSet{weak, {}}).error(), Error::denied);
    EXPECT_EQ(system_.invoke(abi::TimerCancel{weak}).error(), Error::denied);
    EXPECT_EQ(system_.invoke(abi::TimerSet{bell_, {}}).error(), Error::wrong_kind);
    const abi::Handle waiting =
        system_.invoke(abi::HandleCopy{bell_, abi::rights::notification::wait.raw, {}})->handle;
    EXPECT_EQ(system_.invoke(abi::TimerCreate{{}, waiting, 1}).error(), Error::denied);
}

TEST_F(Timers, AClosedTimerIsSilent) {
    const abi::Handle one = timer(1);
    set(one, 1000);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{one}));
    EXPECT_TRUE(system_.machine().armed > Instant{{1000}});
    pass(2000);
    EXPECT_EQ(bits(), 0);
}

TEST_F(Timers, ATimerAndASleeperAreInOneOrder) {
    set(timer(1), 2000);
    run(two_);
    system_.make(abi::Sleep{Instant{{1000}}});
    run(one_);
    system_.make(abi::NotificationWait{bell_, Instant{{3000}}});
    EXPECT_EQ(system_.machine().armed.raw, 1000);
    pass(1000);
    EXPECT_EQ(system_.current(), two_.thread.get());
    pass(2000);
    run(one_);
    EXPECT_EQ(one_.thread->context.registers.rdx, 1);
    EXPECT_EQ(system_.kernel().waits().next_deadline(), Instant::never());
}

TEST_F(Timers, ManyAtOneTimeAreServedInSlices) {
    constexpr u64 count = 100;
    std::vector<abi::Handle> timers;
    for (u64 i = 0; i < count; ++i) {
        run(one_);
        timers.push_back(timer(u64{1} << (i % 64)));
        set(timers.back(), 1000);
    }
    pass(1000);
    EXPECT_EQ(system_.machine().armed.raw, 1000); // the rest, at once
    u64 all_bits = 0;
    for (int i = 0; i < 4; ++i) {
        all_bits |= bits();
        pass(1000);
    }
    EXPECT_EQ(all_bits, ~u64{0});
    EXPECT_TRUE(system_.kernel().waits().next_deadline().is_never());
}

TEST_F(Timers, AlarmsComeInOrderHoweverTheyWereSet) {
    std::mt19937 random{5};
    Alarms alarms;
    std::vector<std::unique_ptr<Alarm>> all_alarms;
    for (int i = 0; i < 300; ++i)
        all_alarms.push_back(std::make_unique<Alarm>(Alarm::Owner::timer));
    std::vector<Alarm*> set;
    for (int round = 0; round < 5000; ++round) {
        Alarm& alarm = *all_alarms[random() % all_alarms.size()];
        if (Alarms::is_set(alarm)) {
            alarms.clear(alarm);
            std::erase(set, &alarm);
        } else {
            const Instant time{{random() % 50}};
            alarms.set(alarm, time);
            set.insert(std::ranges::upper_bound(set, time, {}, [](Alarm* a) { return a->deadline; }), &alarm);
        }
        ASSERT_EQ(alarms.first(), set.empty() ? nullptr : set.front());
        if (round % 100 == 0) {
            std::vector<Alarm*> found;
            for (Alarm& one : alarms)
                found.push_back(&one);
            ASSERT_EQ(found, set);
        }
    }
    for (Alarm* alarm : set)
        alarms.clear(*alarm);
}

TEST_F(Timers, TheClockPageTellsTheTime) {
    const auto page = system_.invoke(abi::ClockPage{});
    ASSERT_TRUE(page);
    const auto info = system_.invoke(abi::HandleInfo{page->handle});
    EXPECT_EQ(static_cast<u16>(info->rights), (abi::rights::memory::read | abi::rights::copy).raw);
    constexpr VirtAddr at{0x40'0000};
    EXPECT_EQ(system_.invoke(abi::MemoryMap{{}, page->handle, at, {}, pages(1), 3}).error(), Error::denied);
    ASSERT_TRUE(system_.invoke(abi::MemoryMap{{}, page->handle, at, {}, pages(1), 1}));
    run(two_);
    const auto same = system_.invoke(abi::ClockPage{});
    const auto frame_of = [](const Simulation::Program& program, abi::Handle handle) {
        return static_cast<Memory*>(program.process->handles().find(handle)->object)->frame(0);
    };
    EXPECT_EQ(frame_of(one_, page->handle), frame_of(two_, same->handle));
    const auto& data =
        *reinterpret_cast<const abi::ClockData*>(system_.machine().frame(frame_of(two_, same->handle)));
    EXPECT_EQ(data.sequence % 2, 0);
    EXPECT_EQ(data.use_call, 0);
    pass(123'456);
    const u64 counter = system_.machine().ticks().raw;
    EXPECT_EQ((counter - data.start) * data.factor >> data.shift, system_.machine().now().raw);
}

TEST(ClockPages, SayWhereOnlyTheCallTellsTheTime) {
    Simulation system;
    system.machine().clock_is_readable = false;
    const auto page = system.kernel().clock_page();
    ASSERT_TRUE(page);
    const auto& data = *reinterpret_cast<const abi::ClockData*>(system.machine().frame(page->get().frame(0)));
    EXPECT_NE(data.use_call, 0u);
}

/// A client of an endpoint that a notification is bound to, with bits for callers that leave.
class CallerGone : public Timers {
  protected:
    static constexpr u64 gone = 8;
    void SetUp() override {
        Timers::SetUp();
        run(one_);
        endpoint_ = system_.invoke(abi::EndpointCreate{})->handle;
        ASSERT_TRUE(system_.invoke(abi::NotificationBind{bell_, endpoint_, gone}));
        at_client_ = give(two_, *one_.process->handles().find(endpoint_)->object);
    }
    void receive_a_call(u64 deadline = Instant::never().raw) {
        run(two_);
        two_.thread->buffer->deadline = deadline;
        system_.send(MessageCall::call, at_client_, {}, 0, 0, true);
        run(one_);
        system_.send(MessageCall::receive, endpoint_);
        ASSERT_EQ(one_.thread->caller, two_.thread.get());
    }
    abi::Handle endpoint_, at_client_;
};

TEST_F(CallerGone, ADeadline) {
    receive_a_call(1000);
    EXPECT_EQ(bits(), 0);
    pass(1000);
    EXPECT_EQ(bits(), gone);
    EXPECT_EQ(bits(), 0);
}

TEST_F(CallerGone, AnEnd) {
    receive_a_call();
    system_.kernel().end_process(*two_.process, {});
    EXPECT_EQ(bits(), gone);
}

TEST_F(CallerGone, AnEndAfterACallByTheFastPath) {
    run(one_);
    system_.send(MessageCall::receive, endpoint_);
    run(two_);
    const u64 before = system_.fast_paths_taken();
    system_.send(MessageCall::call, at_client_);
    ASSERT_EQ(system_.fast_paths_taken(), before + 1);
    system_.kernel().end_process(*two_.process, {});
    EXPECT_EQ(bits(), gone);
}

TEST_F(CallerGone, ACancelledCallWithAKeptReply) {
    receive_a_call();
    const abi::Handle reply = system_.invoke(abi::KeepReply{})->handle;
    const abi::Handle thread = give(one_, *two_.thread);
    ASSERT_TRUE(system_.invoke(abi::ThreadCancel{thread}));
    EXPECT_EQ(bits(), gone);
    system_.send(MessageCall::reply, reply);
    EXPECT_EQ(Simulation::message_of(*one_.thread).error(), Error::caller_gone);
}

TEST_F(CallerGone, WhatTheServerItselfEndsIsNoNews) {
    receive_a_call();
    system_.send(MessageCall::reply, {});
    EXPECT_EQ(bits(), 0);
    receive_a_call();
    one_.thread->buffer->deadline = 0;
    system_.send(MessageCall::receive, endpoint_, {}, 0, 0, true); // drops it
    EXPECT_EQ(bits(), 0);
    receive_a_call();
    static_cast<void>(system_.invoke(abi::KeepReply{}));
    pass(10);
    EXPECT_EQ(bits(), 0);
}

TEST_F(CallerGone, ACallThatWasNotReceivedIsNoNews) {
    run(two_);
    two_.thread->buffer->deadline = 1000;
    system_.send(MessageCall::call, at_client_, {}, 0, 0, true);
    pass(1000);
    EXPECT_EQ(bits(), 0);
}

TEST_F(CallerGone, NotChosenNotTold) {
    run(one_);
    ASSERT_TRUE(system_.invoke(abi::NotificationBind{bell_, {}, 0}));
    ASSERT_TRUE(system_.invoke(abi::NotificationBind{bell_, endpoint_, 0}));
    receive_a_call(1000);
    pass(1000);
    EXPECT_EQ(bits(), 0);
}

/// Threads of all priorities come and go; a list that is sorted anew each time says what must be.
TEST(CallerQueues, AreInOrderOfPriorityThenArrival) {
    Simulation system{pages(4096)};
    std::mt19937 random{7};
    std::vector<Simulation::Program> programs;
    for (u32 i = 0; i < 40; ++i)
        programs.push_back(system.start(static_cast<u8>(1 + random() % 5)));
    auto made = system.kernel().root_budget().make<Endpoint>();
    const Ref<Endpoint> endpoint = *made;
    CallerQueue& queue = endpoint->callers();
    std::vector<Thread*> model;
    const auto fits = [&] {
        std::vector<Thread*> found;
        for (Thread& thread : queue)
            found.push_back(&thread);
        return found == model;
    };
    for (auto& program : programs) // out of the run queue
        system.kernel().ready().remove(*program.thread);
    for (int round = 0; round < 3000; ++round) {
        Thread& thread = *programs[random() % programs.size()].thread;
        if (thread.queued_at) {
            CallerQueue::remove(thread);
            std::erase(model, &thread);
        } else {
            queue.push(thread);
            const auto place = std::ranges::find_if(
                model, [&](const Thread* other) { return other->queued_priority < thread.priority; });
            model.insert(place, &thread);
        }
        ASSERT_TRUE(fits());
    }
    while (Thread* thread = queue.front())
        CallerQueue::remove(*thread);
    for (auto& program : programs)
        system.kernel().ready().push_back(*program.thread);
}

} // namespace
} // namespace pith::kernel
