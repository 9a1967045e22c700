#include "kernel_programs.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/queue.h"

#include <gtest/gtest.h>
#include <vector>

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

/// What many wait for, or what has many parts, ends in slices, between which the core lets interrupts in.
class ManyEndings : public Endings {
  protected:
    static constexpr u64 many = 40;
    /// Threads of one process, with a handle to the endpoint, each of which makes the call.
    void have_many(abi::Handle object, const auto& call) {
        Kernel& kernel = system_.kernel();
        Simulation::Program& crowd = start(20);
        Object& shared = *program_.process->handles().find(object)->object;
        // Who only calls may not receive as well.
        const bool is_endpoint = shared.kind() == abi::Kind::endpoint;
        const abi::Rights rights =
            is_endpoint ? abi::rights::endpoint::call | abi::rights::copy : abi::rights::all;
        auto derived = program_.process->handles().copy(object, rights);
        ASSERT_TRUE(derived);
        const abi::Handle here = *crowd.process->handles().insert(*std::move(derived));
        std::vector<Ref<Thread>> threads{crowd.thread};
        for (u64 i = 1; i < many; ++i) {
            auto thread =
                Thread::create(kernel.root_budget(), *crowd.process, VirtAddr{0x10'0000} + pages(i), 20);
            ASSERT_TRUE(thread);
            kernel.start_thread(**thread);
            threads.push_back(*thread);
        }
        for (const Ref<Thread>& thread : threads) {
            for (u64 i = 0; i < 2 * many && system_.current() != thread.get(); ++i)
                system_.make(abi::Yield{});
            ASSERT_EQ(system_.current(), thread.get());
            call(here);
            ASSERT_TRUE(thread->is_blocked());
        }
        crowd_ = std::move(threads);
        ASSERT_EQ(system_.current(), program_.thread.get());
        system_.set_stepwise();
    }
    u64 slices() {
        u64 slices = 1;
        for (; system_.polling(); ++slices)
            system_.settle();
        return slices;
    }
    std::vector<Ref<Thread>> crowd_;
};

TEST_F(ManyEndings, OfAnEndpointThatManyCall) {
    const abi::Handle endpoint = system_.invoke(abi::EndpointCreate{})->handle;
    have_many(endpoint, [&](abi::Handle here) { system_.send(abi::MessageCall::call, here); });
    ASSERT_TRUE(crowd_.size() == many);
    system_.make(abi::HandleClose{endpoint}); // the last that may receive
    EXPECT_GE(slices(), 3u);
    for (const Ref<Thread>& thread : crowd_)
        EXPECT_EQ(Simulation::message_of(*thread).error(), Error::closed);
    crowd_.clear();
}

TEST_F(ManyEndings, OfANotificationThatManyWaitFor) {
    const abi::Handle bell = system_.invoke(abi::NotificationCreate{})->handle;
    have_many(bell, [&](abi::Handle here) { system_.make(abi::NotificationWait{here, Instant::never()}); });
    ASSERT_TRUE(crowd_.size() == many);
    Process& process = crowd_.front()->process();
    Capability last;
    ASSERT_TRUE(process.handles().take_last(last)); // as when one of them closes it
    last = {};
    system_.make(abi::HandleClose{bell});
    EXPECT_GE(slices(), 3u);
    for (const Ref<Thread>& thread : crowd_)
        EXPECT_EQ(thread->context.registers.rax, std::to_underlying(Error::closed));
    crowd_.clear();
}

TEST_F(ManyEndings, OfWaitsThroughWhatIsRevoked) {
    const abi::Handle bell = system_.invoke(abi::NotificationCreate{})->handle;
    have_many(bell, [&](abi::Handle here) { system_.make(abi::NotificationWait{here, Instant::never()}); });
    ASSERT_TRUE(crowd_.size() == many);
    system_.make(abi::HandleRevoke{bell});
    EXPECT_GE(slices(), 3u);
    for (const Ref<Thread>& thread : crowd_)
        EXPECT_EQ(thread->context.registers.rax, std::to_underlying(Error::revoked));
    crowd_.clear();
}

TEST_F(ManyEndings, OfAProcessWithManyThreads) {
    const abi::Handle bell = system_.invoke(abi::NotificationCreate{})->handle;
    have_many(bell, [&](abi::Handle here) { system_.make(abi::NotificationWait{here, Instant::never()}); });
    ASSERT_TRUE(crowd_.size() == many);
    const abi::Handle process = Programs::give(program_, crowd_.front()->process());
    system_.make(abi::ProcessKill{process});
    EXPECT_GE(slices(), many / 6);
    EXPECT_EQ(program_.thread->state, ThreadState::running);
    EXPECT_EQ(program_.thread->context.registers.rax, 0u);
    for (const Ref<Thread>& thread : crowd_)
        EXPECT_EQ(thread->state, ThreadState::ended);
    crowd_.clear();
}

TEST_F(ManyEndings, OfMessagesThatCannotBeDelivered) {
    const abi::Handle endpoint = system_.invoke(abi::EndpointCreate{})->handle;
    have_many(endpoint, [&](abi::Handle here) {
        system_.current()->buffer->handles[0] = here;
        system_.send(abi::MessageCall::call, here, {}, 0, 1);
    });
    ASSERT_TRUE(crowd_.size() == many);
    system_.send(abi::MessageCall::receive, endpoint);
    EXPECT_GE(slices(), many / 8);
    EXPECT_EQ(program_.thread->state, ThreadState::receiving);
    for (const Ref<Thread>& thread : crowd_)
        EXPECT_EQ(Simulation::message_of(*thread).error(), Error::no_slots);
    crowd_.clear();
}

/// Until its handles are gone nothing new comes to refer to what ends.
TEST_F(Endings, OfABudgetLeaveNoWayToReferAnew) {
    const abi::Handle budget = invoke(abi::BudgetCreate{{}, pages(30)})->handle;
    const abi::Handle handle = invoke(abi::EndpointCreate{budget})->handle;
    const abi::Handle queue = invoke(abi::QueueCreate{{}, 2})->handle;
    HandleTable& handles = program_.process->handles();
    const Ref<Object> endpoint{*handles.find(handle)->object};
    system_.kernel().reclaimer().end(static_cast<Budget&>(*handles.find(budget)->object));
    for (int i = 0; i < 10 && !endpoint->ending(); ++i)
        system_.kernel().reclaimer().step();
    ASSERT_NE(handles.find(handle), nullptr);
    EXPECT_EQ(error_of(abi::HandleCopy{handle, abi::rights::all.raw, {}}), Error::bad_handle);
    EXPECT_EQ(error_of(abi::HandleMint{handle, abi::rights::all.raw, 7}), Error::bad_handle);
    program_.thread->buffer->handles[0] = handle;
    EXPECT_EQ(error_of(abi::QueueSend{queue, 1, 1}), Error::bad_handle);
    system_.kernel().reclaimer().finish();
    EXPECT_EQ(handles.find(handle), nullptr);
}

/// A process of many threads, all of which wait for the same.
class EndingsOfMany : public Endings {
  protected:
    static constexpr u64 many = 80; // more than two slices of anything

    void SetUp() override {
        Endings::SetUp();
        for (u64 i = 1; i < many; ++i) {
            auto thread = Thread::create(system_.kernel().root_budget(), *crowd_.process,
                                         VirtAddr{0x1'0000} + i * page_size, 20);
            ASSERT_TRUE(thread);
            system_.kernel().start_thread(**thread);
            threads_.push_back(*thread);
        }
        threads_.push_back(crowd_.thread);
        system_.make(abi::Sleep{Instant::never()});
        for (const Thread* thread = system_.current(); thread; thread = nullptr)
            ASSERT_EQ(&thread->process(), crowd_.process.get());
    }
    void TearDown() override {
        threads_.clear();
        Programs::TearDown();
    }
    /// Each of them, one after the other, until all wait.
    template <class Wait>
    void all_do(Wait wait) {
        for (u64 i = 0; i < many; ++i) {
            ASSERT_NE(system_.current(), nullptr);
            wait();
        }
        ASSERT_EQ(system_.current(), nullptr);
    }
    void close(abi::Handle handle) { crowd_.process->handles().remove(handle); }

    Simulation::Program& crowd_ = start(20);
    std::vector<Ref<Thread>> threads_;
};

TEST_F(EndingsOfMany, OfAnEndpointReachWhoeverReceivesThere) {
    const abi::Handle receive = Programs::give(crowd_, **system_.kernel().root_budget().make<Endpoint>());
    all_do([&] { system_.send(abi::MessageCall::receive, receive); });
    close(receive);
    system_.settle();
    for (const auto& thread : threads_)
        EXPECT_EQ(Simulation::message_of(*thread).error(), Error::closed);
}

/// In slices, and nobody receives anything more meanwhile.
TEST_F(EndingsOfMany, OfARightReachWhoeverReceivesThroughIt) {
    Simulation::Program& server = start(30);
    system_.settle();
    ASSERT_EQ(system_.current(), server.thread.get());
    const abi::Handle root = invoke(abi::EndpointCreate{})->handle;
    const abi::Handle to_crowd = Programs::give(server, *crowd_.process);
    const abi::Handle lent =
        invoke(abi::HandleCopy{root, abi::rights::endpoint::receive.raw, to_crowd})->handle;
    system_.make(abi::Sleep{Instant{{1000}}});
    all_do([&] { system_.send(abi::MessageCall::receive, lent); });
    system_.pass_time(Instant{{1000}});
    ASSERT_EQ(system_.current(), server.thread.get());
    system_.set_stepwise();
    system_.make(abi::HandleRevoke{root});
    u64 slices = 1;
    for (; system_.polling(); ++slices) {
        EXPECT_EQ(static_cast<Endpoint&>(*server.process->handles().find(root)->object).receivers().front(),
                  nullptr);
        system_.settle();
    }
    EXPECT_GE(slices, 3u);
    for (const auto& thread : threads_)
        EXPECT_EQ(Simulation::message_of(*thread).error(), Error::revoked);
}

TEST_F(EndingsOfMany, OfAQueueReachWhoeverReceivesThere) {
    const Ref<Queue> queue = *Queue::create(system_.kernel().root_budget(), 1);
    const abi::Handle send = Programs::give(crowd_, *queue, abi::rights::queue::send);
    const abi::Handle receive = Programs::give(crowd_, *queue, abi::rights::queue::receive);
    all_do([&] { system_.make(abi::QueueReceive{receive, Instant::never()}); });
    close(receive);
    close(send); // while the first slices of them are told
    system_.kernel().reclaimer().finish();
    for (const auto& thread : threads_)
        EXPECT_EQ(thread->context.registers.rax, std::to_underlying(Error::closed));
}

/// Fault handlers, and replies that are kept, name an endpoint without a capability.
TEST_F(EndingsOfMany, OfAnEndpointReachWhateverElseNamesIt) {
    Simulation::Program& server = start(30);
    system_.settle();
    ASSERT_EQ(system_.current(), server.thread.get());
    const abi::Handle budget = invoke(abi::BudgetCreate{{}, pages(30)})->handle;
    const abi::Handle receive = invoke(abi::EndpointCreate{budget})->handle;
    const abi::Handle to_crowd = Programs::give(server, *crowd_.process);
    std::vector<abi::Handle> calls, kept;
    for (u64 i = 0; i < many; ++i) {
        const abi::Handle minted = invoke(abi::HandleMint{receive, abi::rights::all.raw, i})->handle;
        calls.push_back(invoke(abi::HandleCopy{minted, abi::rights::all.raw, to_crowd})->handle);
        ASSERT_TRUE(done(abi::HandleClose{minted}));
    }
    std::vector<Ref<Process>> watched;
    for (u64 i = 0; i < 20; ++i) {
        const abi::Handle process = invoke(abi::ProcessCreate{})->handle;
        ASSERT_TRUE(done(abi::ProcessSetFaultHandler{process, receive, 0}));
        watched.emplace_back(static_cast<Process&>(*server.process->handles().find(process)->object));
    }
    for (const abi::Handle call : calls) {
        system_.send(abi::MessageCall::receive, receive);
        system_.send_slowly(abi::MessageCall::call, call); // so that the reply carries the badge
        ASSERT_EQ(system_.current(), server.thread.get());
        kept.push_back(invoke(abi::KeepReply{})->handle);
    }
    const auto ended = invoke(abi::BudgetEnd{budget});
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->kept, pages(0));
    for (const auto& process : watched)
        EXPECT_EQ(process->fault_handler.endpoint(), nullptr);
    for (const abi::Handle reply : kept) // who called waits for an answer, not for the endpoint
        system_.send(abi::MessageCall::reply, reply, {5});
    for (const auto& thread : threads_)
        EXPECT_EQ(Simulation::message_of(*thread).words[0], 5u);
}

} // namespace
} // namespace pith::kernel
