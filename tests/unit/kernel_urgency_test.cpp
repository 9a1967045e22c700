#include "kernel/object/endpoint.h"
#include "kernel/object/queue.h"
#include "kernel_programs.h"

#include <algorithm>
#include <vector>

/// What takes many slices is as urgent as those who wait for it: before anybody who is less urgent runs, and
/// behind everybody who is more.
namespace pith::kernel {
namespace {

constexpr u64 many = 80; // more than two slices of anything

class Urgency : public Programs {
  protected:
    void TearDown() override {
        threads_.clear();
        Programs::TearDown();
    }
    /// A process of threads of these priorities, which all wait for the same.
    template <class Wait>
    void have_wait(const std::vector<u8>& priorities, Object& object, Wait wait) {
        Simulation::Program& crowd = start(priorities.front());
        const abi::Handle here = give(crowd, object);
        for (u64 i = 0; i < priorities.size(); ++i) {
            Ref<Thread> thread = crowd.thread;
            if (i > 0) {
                thread = *Thread::create(system_.kernel().root_budget(), *crowd.process,
                                         VirtAddr{0x1'0000} + i * page_size, priorities[i]);
                system_.kernel().start_thread(*thread);
            }
            threads_.push_back(thread);
            system_.settle();
            ASSERT_EQ(system_.current(), thread.get());
            wait(here);
            ASSERT_TRUE(thread->is_blocked());
        }
        crowd_ = &crowd;
        handle_ = here;
    }
    /// The last handle goes, as when one of them closes it.
    void close() { crowd_->process->handles().remove(handle_); }
    [[nodiscard]] bool all_are(ThreadState state) const {
        return std::ranges::all_of(threads_, [&](const auto& thread) { return thread->state == state; });
    }
    void expect_all_told() {
        for (const auto& thread : threads_)
            EXPECT_FALSE(thread->is_blocked());
    }
    /// Another process's thread that is ready.
    Thread& bystander(u8 priority) { return *start(priority).thread; }
    /// A process of threads that never run.
    Simulation::Program& crowd(u8 priority) {
        Simulation::Program& crowd = start(priority);
        threads_.push_back(crowd.thread);
        for (u64 i = 1; i < many; ++i) {
            threads_.push_back(*Thread::create(system_.kernel().root_budget(), *crowd.process,
                                               VirtAddr{0x1'0000} + i * page_size, priority));
            system_.kernel().start_thread(*threads_.back());
        }
        return crowd;
    }
    /// A thread that sleeps until then.
    Simulation::Program& sleeper(u8 priority, Instant until) {
        Simulation::Program& sleeper = start(priority);
        system_.settle();
        EXPECT_EQ(system_.current(), sleeper.thread.get());
        system_.make(abi::Sleep{until});
        return sleeper;
    }
    u64 slices() {
        u64 count = 0;
        for (; system_.polling(); ++count)
            system_.settle();
        return count;
    }

    static constexpr Instant soon{{1000}};
    static std::vector<u8> alike() { return std::vector<u8>(many, 20); }
    /// The most urgent one is not among those who are told at once.
    static std::vector<u8> last_is_urgent() {
        std::vector<u8> priorities(many / 2, 5);
        priorities.insert(priorities.end(), {20, 5, 5});
        return priorities;
    }

    std::vector<Ref<Thread>> threads_;
    Simulation::Program* crowd_ = nullptr;
    abi::Handle handle_{};
};

/// Those who wait for a message when the last who could send one goes.
class UrgencyOfQueues : public Urgency {
  protected:
    void have_receive(const std::vector<u8>& priorities) {
        queue_ = *Queue::create(system_.kernel().root_budget(), 1);
        have_wait(priorities, *queue_,
                  [&](abi::Handle here) { system_.make(abi::QueueReceive{here, Instant::never()}); });
        queue_.reset();
    }
    Ref<Queue> queue_;
};

TEST_F(UrgencyOfQueues, AllAreToldBeforeTheFirstOfThemGoesOn) {
    have_receive(alike());
    Thread& other = bystander(10);
    close();
    system_.settle();
    expect_all_told();
    EXPECT_NE(system_.current(), &other);
}

TEST_F(UrgencyOfQueues, IsThatOfTheMostUrgentOne) {
    have_receive(last_is_urgent());
    bystander(10);
    close();
    system_.settle();
    EXPECT_EQ(system_.current(), threads_[many / 2].get());
}

TEST_F(UrgencyOfQueues, WhoIsMoreUrgentRunsMeanwhile) {
    Simulation::Program& urgent = sleeper(30, soon);
    have_receive(alike());
    system_.set_stepwise();
    close();
    system_.settle();
    ASSERT_TRUE(system_.polling());
    system_.pass_time(soon);
    EXPECT_EQ(system_.current(), urgent.thread.get());
    EXPECT_FALSE(system_.polling());
    EXPECT_FALSE(all_are(ThreadState::ready));
    system_.make(abi::Sleep{Instant::never()});
    EXPECT_GE(slices(), 2);
    expect_all_told();
}

TEST_F(Urgency, OfAnEndpointIsThatOfTheMostUrgentReceiver) {
    // The last to come is the first to be told.
    std::vector<u8> priorities{5, 5, 20};
    priorities.insert(priorities.end(), many / 2, 5);
    have_wait(priorities, **system_.kernel().root_budget().make<Endpoint>(),
              [&](abi::Handle here) { system_.send(abi::MessageCall::receive, here); });
    bystander(10);
    close();
    system_.settle();
    EXPECT_EQ(system_.current(), threads_[2].get());
}

TEST_F(Urgency, OfANotificationIsThatOfTheMostUrgentWaiter) {
    have_wait(last_is_urgent(), **system_.kernel().root_budget().make<Notification>(),
              [&](abi::Handle here) { system_.make(abi::NotificationWait{here, Instant::never()}); });
    bystander(10);
    close();
    system_.settle();
    EXPECT_EQ(system_.current(), threads_[many / 2].get());
}

TEST_F(Urgency, OfAnEndIsThatOfTheMostUrgentThread) {
    Simulation::Program& killer = start(10);
    have_wait(std::vector<u8>(many, 15), **system_.kernel().root_budget().make<Notification>(),
              [&](abi::Handle here) { system_.make(abi::NotificationWait{here, Instant::never()}); });
    const abi::Handle process = give(killer, *crowd_->process);
    ASSERT_EQ(system_.current(), killer.thread.get());
    system_.set_stepwise();
    system_.make(abi::ProcessKill{process});
    Thread& other = bystander(12);
    slices();
    EXPECT_TRUE(all_are(ThreadState::ended));
    EXPECT_EQ(system_.current(), &other);
}

/// A process with many threads ends.
class UrgencyOfEnds : public Urgency {
  protected:
    void SetUp() override {
        process_ = crowd(5).process;
        const abi::Handle process = give(killer_, *process_);
        const abi::Handle at_urgent = give(urgent_, *process_);
        system_.settle();
        ASSERT_EQ(system_.current(), killer_.thread.get());
        system_.set_stepwise();
        system_.make(abi::ProcessKill{process});
        ASSERT_TRUE(system_.polling());
        ASSERT_FALSE(all_are(ThreadState::ended));
        at_urgent_ = at_urgent;
    }
    void TearDown() override {
        process_.reset();
        Urgency::TearDown();
    }

    Simulation::Program& urgent_ = sleeper(30, soon);
    Simulation::Program& killer_ = start(10);
    Ref<Process> process_;
    abi::Handle at_urgent_{};
};

TEST_F(UrgencyOfEnds, WhoIsMoreUrgentRunsWithinASlice) {
    system_.pass_time(soon);
    EXPECT_EQ(system_.current(), urgent_.thread.get());
    EXPECT_FALSE(system_.polling());
    EXPECT_FALSE(all_are(ThreadState::ended));
    system_.make(abi::Sleep{Instant::never()});
    EXPECT_GE(slices(), many / 8);
    EXPECT_TRUE(all_are(ThreadState::ended));
    EXPECT_EQ(system_.current(), killer_.thread.get());
    EXPECT_EQ(killer_.thread->context.registers.rax, 0);
}

TEST_F(UrgencyOfEnds, WhoIsLessUrgentWaits) {
    bystander(9);
    slices();
    EXPECT_TRUE(all_are(ThreadState::ended));
    EXPECT_EQ(system_.current(), killer_.thread.get());
}

TEST_F(UrgencyOfEnds, IsThatOfTheMostUrgentWhoWantsIt) {
    Thread& other = bystander(20);
    system_.settle();
    EXPECT_EQ(system_.current(), &other);
    system_.pass_time(soon);
    ASSERT_EQ(system_.current(), urgent_.thread.get());
    system_.make(abi::ProcessKill{at_urgent_});
    EXPECT_GE(slices(), many / 8);
    EXPECT_TRUE(all_are(ThreadState::ended));
    EXPECT_EQ(system_.current(), urgent_.thread.get());
    EXPECT_EQ(urgent_.thread->context.registers.rax, 0);
}

/// A priority that somebody has lent one of its threads meanwhile.
TEST_F(UrgencyOfEnds, OneOfItsThreadsThatIsChosenEndsInstead) {
    Thread& last = *threads_.back();
    ASSERT_EQ(last.state, ThreadState::ready);
    system_.kernel().set_priority(last, 30);
    last.base_priority = 30;
    system_.settle();
    system_.settle();
    EXPECT_EQ(last.state, ThreadState::ended);
    EXPECT_FALSE(all_are(ThreadState::ended));
}

/// ... or that somebody more urgent calls before the kernel could look.
TEST_F(Urgency, OneWhoseProcessEndsRunsForACallerUntilItsNextEntry) {
    Simulation::Program& urgent = sleeper(30, soon);
    Simulation::Program& ending = crowd(5);
    Thread& server = *threads_.back();
    system_.settle();
    for (u64 i = 0; i < many && system_.current() != &server; ++i)
        system_.make(abi::Yield{});
    ASSERT_EQ(system_.current(), &server);
    const Ref<Endpoint> endpoint = *system_.kernel().root_budget().make<Endpoint>();
    system_.send(abi::MessageCall::receive, give(ending, *endpoint));
    const abi::Handle call = give(urgent, *endpoint, abi::rights::endpoint::call);
    Simulation::Program& killer = start(10);
    const abi::Handle process = give(killer, *ending.process);
    system_.settle();
    system_.set_stepwise();
    system_.make(abi::ProcessKill{process});
    system_.pass_time(soon);
    ASSERT_EQ(system_.current(), urgent.thread.get());
    system_.send(abi::MessageCall::call, call);
    ASSERT_EQ(system_.current(), &server);
    system_.make(abi::ProcessExit{}); // it has ended already
    ASSERT_TRUE(system_.polling());
    system_.settle();
    EXPECT_EQ(server.state, ThreadState::ended);
    EXPECT_FALSE(all_are(ThreadState::ended));
    system_.settle();
    EXPECT_EQ(system_.current(), urgent.thread.get());
    EXPECT_EQ(Simulation::message_of(*urgent.thread).error(), Error::interrupted);
}

/// Each has called the next one: what is lent to the first reaches the last, in slices.
class LongChain : public Programs {
  protected:
    static constexpr u64 many = 300;
    static constexpr u8 low = 10, high = 40;

    void SetUp() override {
        system_.settle();
        ASSERT_EQ(system_.current(), supervisor_.thread.get());
        system_.make(abi::Sleep{Instant{{1000}}});
        Kernel& kernel = system_.kernel();
        for (u64 i = 0; i < many; ++i) {
            if (i > 0) {
                auto thread = Thread::create(kernel.root_budget(), *chain_.process,
                                             VirtAddr{0x10'0000} + pages(i), low);
                ASSERT_TRUE(thread);
                kernel.start_thread(**thread);
                threads_.push_back(*thread);
            } else {
                threads_.push_back(chain_.thread);
            }
            endpoints_.push_back(give(chain_, **kernel.root_budget().make<Endpoint>()));
        }
        system_.settle();
        u64 receiving = 1; // the first one calls
        while (system_.current() == chain_.thread.get())
            system_.make(abi::Yield{});
        for (; receiving < many; ++receiving) {
            ASSERT_EQ(system_.current(), threads_[receiving].get());
            system_.send(abi::MessageCall::receive, endpoints_[receiving]);
        }
        for (u64 i = 0; i + 1 < many; ++i) {
            ASSERT_EQ(system_.current(), threads_[i].get());
            system_.send(abi::MessageCall::call, endpoints_[i + 1]);
        }
        system_.pass_time(Instant{{1000}});
        ASSERT_EQ(system_.current(), supervisor_.thread.get());
        first_ = give(supervisor_, *chain_.thread);
        system_.set_stepwise();
    }
    void TearDown() override {
        threads_.clear();
        Programs::TearDown();
    }
    [[nodiscard]] u64 at(u8 priority) const {
        return static_cast<u64>(
            std::ranges::count(threads_, priority, [](const auto& t) { return t->priority; }));
    }
    u64 finish() {
        u64 slices = 0;
        for (; system_.polling(); ++slices)
            system_.settle();
        return slices;
    }

    Simulation::Program& supervisor_ = start(50);
    Simulation::Program& chain_ = start(low);
    std::vector<Ref<Thread>> threads_;
    std::vector<abi::Handle> endpoints_;
    abi::Handle first_{};
};

TEST_F(LongChain, HasItsPriorityWholly) {
    system_.make(abi::ThreadSetPriority{first_, high});
    EXPECT_EQ(at(high), Kernel::lent_at_once);
    EXPECT_GE(finish(), 1u);
    EXPECT_EQ(at(high), many);
    system_.make(abi::ThreadKill{first_});
    EXPECT_TRUE(system_.polling());
    EXPECT_GE(finish(), 1u);
    EXPECT_EQ(at(low), many - 1); // it has ended
}

TEST_F(LongChain, EndsInTheMiddle) {
    system_.make(abi::ThreadSetPriority{first_, high});
    ASSERT_TRUE(system_.polling());
    system_.kernel().end_thread(*threads_[Kernel::lent_at_once]); // who would be next
    finish();
    EXPECT_EQ(at(high), Kernel::lent_at_once);
    EXPECT_EQ(at(low), many - Kernel::lent_at_once);
}

} // namespace
} // namespace pith::kernel
