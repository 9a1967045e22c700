#include "kernel/machine/host/simulation.h"
#include "kernel/object/interrupt.h"
#include "kernel/object/notification.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <vector>

namespace pith::kernel {
namespace {

/// Of a process's only thread.
u64 used(const Thread& thread, Ticks now) { return thread.process().sums(now, 1).cpu_time.raw; }

class Schedule : public testing::Test {
  protected:
    void TearDown() override {
        for (const auto& program : programs_)
            system_.kernel().end_process(*program.process, {});
    }
    Thread& start(u8 priority) {
        programs_.push_back(system_.start(priority));
        return *programs_.back().thread;
    }
    Simulation system_{pages(8192)};
    std::vector<Simulation::Program> programs_;
};

TEST_F(Schedule, TheRunQueueIsOneQueueAPriority) {
    // Against a plain model: a list that is searched for the first of the highest priority.
    RunQueue queue;
    std::vector<Thread*> model;
    std::vector<Thread*> idle;
    for (int i = 0; i < 100; ++i) {
        Ref<Process> process = *Process::create(system_.kernel().root_budget(), 1000, {'t'});
        Ref<Thread> thread = *Thread::create(system_.kernel().root_budget(), *process, {0x10000}, 0);
        programs_.push_back({process, thread});
        idle.push_back(thread.get());
    }
    std::mt19937_64 random{7};
    for (int step = 0; step < 50'000; ++step) {
        const u64 choice = random() % 4;
        if (choice < 2 && !idle.empty()) {
            Thread* thread = idle.back();
            idle.pop_back();
            thread->priority = static_cast<u8>(random() % 64);
            if (choice == 0) {
                queue.push_back(*thread);
                model.push_back(thread);
            } else {
                queue.push_front(*thread);
                model.insert(model.begin(), thread);
            }
        } else if (choice == 2 && !model.empty()) {
            const auto expected =
                std::ranges::max_element(model, {}, [](const Thread* t) { return t->priority; });
            ASSERT_EQ(queue.highest(), (*expected)->priority);
            ASSERT_EQ(&queue.pop((*expected)->priority), *expected);
            idle.push_back(*expected);
            model.erase(expected);
        } else if (choice == 3 && !model.empty()) {
            const auto victim = model.begin() + static_cast<long>(random() % model.size());
            queue.remove(**victim);
            idle.push_back(*victim);
            model.erase(victim);
        }
        ASSERT_EQ(queue.highest() < 0, model.empty());
    }
    while (queue.highest() >= 0)
        static_cast<void>(queue.pop(static_cast<unsigned>(queue.highest())));
}

TEST_F(Schedule, EqualsHaveEqualTurns) {
    for (int i = 0; i < 3; ++i)
        start(10);
    start(5);
    system_.settle();
    std::map<Thread*, int> turns;
    for (int slice = 0; slice < 30; ++slice) {
        ++turns[system_.current()];
        ASSERT_FALSE(system_.machine().armed.is_never());
        system_.pass_time(system_.machine().armed);
    }
    ASSERT_EQ(turns.size(), 3u); // the lower one had none
    for (const auto& [thread, count] : turns)
        EXPECT_EQ(count, 10);
}

TEST_F(Schedule, AThreadThatIsAloneIsNotInterrupted) {
    start(10);
    start(5);
    system_.settle();
    EXPECT_TRUE(system_.machine().armed.is_never());
}

TEST_F(Schedule, APreemptedThreadGoesOnBeforeItsEquals) {
    Thread& first = start(10);
    start(10);
    system_.settle();
    ASSERT_EQ(system_.current(), &first);
    Thread& urgent = start(20);
    system_.settle();
    ASSERT_EQ(system_.current(), &urgent);
    system_.make(abi::Sleep{Instant{{1'000'000}}});
    EXPECT_EQ(system_.current(), &first);
}

TEST_F(Schedule, TimeIsChargedToWhoRan) {
    Thread& first = start(10);
    Thread& second = start(10);
    system_.settle();
    system_.pass_time({{1000}});
    EXPECT_EQ(system_.current(), &first);
    system_.make(abi::Yield{});
    system_.machine().time = {{5000}};
    system_.make(abi::Yield{});
    EXPECT_EQ(used(first, {5000}), 1000u);
    EXPECT_EQ(used(second, {5000}), 4000u);
}

TEST_F(Schedule, SleepersWakeInOrder) {
    std::vector<Thread*> threads;
    for (const u64 deadline : {u64{3000}, u64{1000}, u64{2000}}) {
        Thread& thread = start(10);
        threads.push_back(&thread);
        system_.settle();
        ASSERT_EQ(system_.current(), &thread);
        system_.make(abi::Sleep{Instant{{deadline}}});
    }
    EXPECT_EQ(system_.current(), nullptr);
    EXPECT_EQ(system_.machine().armed, Instant{{1000}});
    system_.pass_time({{1500}});
    EXPECT_EQ(system_.current(), threads[1]);
    EXPECT_EQ(system_.machine().armed, Instant{{2000}});
    system_.pass_time({{9000}}); // late: both others
    EXPECT_EQ(threads[0]->state, ThreadState::ready);
    EXPECT_EQ(threads[2]->state, ThreadState::ready);
}

/// A waiter of higher priority, and two equals that may signal it.
class Signals : public Schedule {
  protected:
    void SetUp() override {
        system_.settle();
        ASSERT_EQ(system_.current(), &waiter_);
        system_.make(abi::NotificationWait{of_waiter_, Instant::never()});
        ASSERT_EQ(system_.current(), &first_);
    }
    abi::Handle give(Thread& thread, abi::Rights rights) {
        return *thread.process().handles().insert({Ref<Object>{*bell_}, rights});
    }

    Ref<Notification> bell_ = *system_.kernel().root_budget().make<Notification>();
    Thread& waiter_ = start(20);
    Thread& first_ = start(10);
    Thread& second_ = start(10);
    abi::Handle of_waiter_ = give(waiter_, abi::rights::all);
    abi::Handle of_first_ = give(first_, abi::rights::notification::signal);
};

TEST_F(Signals, GoStraightToWhoHasAHigherPriority) {
    const u64 switches = system_.machine().switches;
    system_.machine().time = {100};
    first_.context.registers.rdx = 7;
    system_.make(abi::NotificationSignal{of_first_, 5});
    EXPECT_EQ(system_.machine().switches, switches + 1);
    EXPECT_EQ(system_.current(), &waiter_);
    EXPECT_EQ(waiter_.context.registers.rax, 0u);
    EXPECT_EQ(waiter_.context.registers.rdx, 5u);
    EXPECT_EQ(waiter_.state, ThreadState::running);
    EXPECT_EQ(first_.state, ThreadState::ready);
    EXPECT_EQ(first_.context.registers.rdx, 0u);
    EXPECT_FALSE(bell_->has_bits());
    system_.machine().time = {130};
    system_.make(abi::NotificationWait{of_waiter_, Instant::never()});
    EXPECT_EQ(system_.current(), &first_); // before its equal: its turn is not over
    EXPECT_EQ(waiter_.cpu_time.raw, 30u);
    EXPECT_EQ(used(first_, system_.machine().ticks()), 100u);
}

TEST_F(Signals, OfNothingWakeNobody) {
    system_.make(abi::NotificationSignal{of_first_, 0});
    EXPECT_EQ(system_.current(), &first_);
    EXPECT_EQ(waiter_.state, ThreadState::waiting);
}

TEST_F(Signals, NeedTheRight) {
    const abi::Handle weak = give(first_, abi::rights::notification::wait);
    const auto refused = system_.invoke(abi::NotificationSignal{weak, 1});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Error::denied);
    EXPECT_EQ(waiter_.state, ThreadState::waiting);
}

TEST_F(Signals, EndADeadline) {
    system_.make(abi::NotificationSignal{of_first_, 1});
    system_.make(abi::NotificationWait{of_waiter_, {1000}});
    ASSERT_EQ(system_.current(), &first_);
    EXPECT_LE(system_.machine().armed.raw, 1000u);
    system_.make(abi::NotificationSignal{of_first_, 1});
    EXPECT_EQ(system_.current(), &waiter_);
    EXPECT_EQ(waiter_.unusual, 0u);
    EXPECT_TRUE(system_.kernel().waits().next_deadline().is_never());
}

TEST_F(Signals, EqualsStillShareTheCoreAfterwards) {
    system_.make(abi::NotificationSignal{of_first_, 1});
    system_.make(abi::NotificationWait{of_waiter_, Instant::never()});
    ASSERT_EQ(system_.current(), &first_);
    ASSERT_FALSE(system_.machine().armed.is_never());
    system_.pass_time(system_.machine().armed);
    EXPECT_EQ(system_.current(), &second_);
}

TEST_F(Signals, BringThePortsOfWhoGoesOn) {
    ASSERT_TRUE(waiter_.process().space().allow_ports(0x300, 8));
    EXPECT_FALSE(system_.touch_port(0x300));
    system_.make(abi::NotificationSignal{of_first_, 1});
    ASSERT_EQ(system_.current(), &waiter_);
    EXPECT_TRUE(system_.touch_port(0x300));
    system_.make(abi::NotificationWait{of_waiter_, Instant::never()});
    EXPECT_FALSE(system_.touch_port(0x300));
}

TEST_F(Signals, DoNotStopAWaiterFromBeingStopped) {
    system_.kernel().stop_thread(waiter_);
    system_.make(abi::NotificationSignal{of_first_, 1});
    EXPECT_EQ(system_.current(), &first_);
    EXPECT_EQ(waiter_.state, ThreadState::stopped);
    system_.kernel().resume_thread(waiter_);
    system_.settle();
    EXPECT_EQ(system_.current(), &waiter_);
    EXPECT_EQ(waiter_.context.registers.rdx, 1u);
}

TEST_F(Signals, OfInterruptsTakeTheCoreFromWhoRuns) {
    constexpr u32 line = 3;
    auto interrupt = *system_.kernel().root_budget().make<Interrupt>(line);
    system_.kernel().interrupts().claim(line, *interrupt);
    interrupt->bind(bell_, 4);
    const u64 switches = system_.machine().switches;
    system_.interrupt(line);
    EXPECT_EQ(system_.machine().switches, switches + 1);
    EXPECT_EQ(system_.current(), &waiter_);
    EXPECT_EQ(waiter_.context.registers.rax, 0u);
    EXPECT_EQ(waiter_.context.registers.rdx, 4u);
    EXPECT_TRUE(first_.context.interrupted);
    EXPECT_TRUE(first_.context.vector_saved);
    EXPECT_FALSE(system_.machine().unmasked[line]); // a level, until it is acknowledged
    system_.make(abi::NotificationWait{of_waiter_, Instant::never()});
    EXPECT_EQ(system_.current(), &first_);
    EXPECT_FALSE(first_.context.vector_saved);
    interrupt->acknowledge();
    EXPECT_TRUE(system_.machine().unmasked[line]);
}

TEST(Locks, AreForOneAtATimeAndSayHowLongOthersWaited) {
    FairLock lock;
    u64 counted = 0;
    std::atomic<bool> comes = false;
    // Until the other one was so unlucky that it had to wait.
    for (int round = 0; round < 1000 && lock.waits().count == 0; ++round) {
        comes = false;
        lock.acquire();
        std::thread other{[&] {
            comes = true;
            lock.acquire();
            lock.release();
        }};
        while (!comes)
            std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds{10}); // longer than it is patient
        lock.release();
        other.join();
    }
    EXPECT_GT(lock.waits().count, 0u);
    EXPECT_GE(lock.waits().total, lock.waits().longest);
    EXPECT_GT(lock.waits().longest, 0u);
    constexpr u64 times = 20'000;
    std::array<std::thread, 4> threads;
    for (std::thread& thread : threads)
        thread = std::thread{[&] {
            for (u64 i = 0; i < times; ++i) {
                lock.acquire();
                ++counted;
                lock.release();
            }
        }};
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(counted, threads.size() * times);
}

} // namespace
} // namespace pith::kernel
