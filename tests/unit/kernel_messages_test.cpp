#include "kernel/machine/host/simulation.h"

#include "kernel/object/endpoint.h"

#include <gtest/gtest.h>

/// Messages between threads, on the simulated machine: the shipped kernel code, fast path included.
namespace pith::kernel {
namespace {

using abi::MessageCall;
using Words = std::array<u64, abi::register_words>;

constexpr Words question{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
constexpr Words answer{11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

/// A client and a server with an endpoint between them; the client's handle carries a badge.
class Messages : public testing::Test {
  protected:
    static constexpr u64 badge = 4711;

    void SetUp() override {
        before_ = system_.free_frames();
        server_ = system_.start(10);
        client_ = system_.start(10);
        Budget& root = system_.kernel().root_budget();
        endpoint_ = *root.make<Endpoint>();
        at_server_ = *server_.process->handles().insert({Ref<Object>{*endpoint_}, abi::rights::all});
        at_client_ = *client_.process->handles().insert(
            {Ref<Object>{*endpoint_}, abi::rights::endpoint::call | abi::rights::copy, badge});
        endpoint_.reset();
        system_.settle();
    }
    void run(Thread& thread) {
        for (int i = 0; i < 100 && system_.current() != &thread; ++i)
            system_.make(abi::Yield{});
        ASSERT_EQ(system_.current(), &thread);
    }
    void run(const Simulation::Program& program) { run(*program.thread); }
    Simulation::Message last(const Simulation::Program& program) {
        return Simulation::message_of(*program.thread);
    }
    u64 fast_calls() { return system_.fast_paths_taken(); }

    Simulation system_;
    PageCount before_;
    Simulation::Program server_, client_;
    Ref<Endpoint> endpoint_;
    abi::Handle at_server_, at_client_;
};

TEST_F(Messages, CallsFindAWaitingServerFast) {
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    ASSERT_EQ(system_.current(), client_.thread.get());
    for (u64 round = 1; round <= 3; ++round) {
        system_.send(MessageCall::call, at_client_, question);
        ASSERT_EQ(system_.current(), server_.thread.get());
        EXPECT_EQ(last(server_).status(), abi::Status::message);
        EXPECT_EQ(last(server_).badge, badge);
        EXPECT_EQ(last(server_).words, question);
        system_.send(MessageCall::reply_and_receive, at_server_, answer);
        ASSERT_EQ(system_.current(), client_.thread.get());
        EXPECT_EQ(last(client_).status(), abi::Status::message);
        EXPECT_EQ(last(client_).badge, 0u);
        EXPECT_EQ(last(client_).words, answer);
        EXPECT_EQ(fast_calls(), 2 * round);
    }
}

TEST_F(Messages, CallsQueueForABusyServer) {
    run(client_);
    system_.send(MessageCall::call, at_client_, question);
    EXPECT_EQ(client_.thread->state, ThreadState::calling);
    ASSERT_EQ(system_.current(), server_.thread.get());
    system_.send(MessageCall::receive, at_server_);
    ASSERT_EQ(system_.current(), server_.thread.get());
    EXPECT_EQ(last(server_).words, question);
    EXPECT_EQ(last(server_).badge, badge);
    system_.send(MessageCall::reply, {}, answer);
    run(client_);
    EXPECT_EQ(last(client_).words, answer);
    EXPECT_EQ(fast_calls(), 0u);
}

TEST_F(Messages, LongMessagesTravelInTheBuffer) {
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    for (u32 i = abi::register_words; i < abi::max_words; ++i)
        client_.thread->buffer->words[i] = 100 + i;
    system_.send(MessageCall::call, at_client_, question, abi::max_words - abi::register_words);
    run(server_);
    EXPECT_EQ(last(server_).tag.extra_words(), abi::max_words - abi::register_words);
    EXPECT_EQ(last(server_).words, question);
    for (u32 i = abi::register_words; i < abi::max_words; ++i)
        EXPECT_EQ(server_.thread->buffer->words[i], 100u + i);
    EXPECT_EQ(last(server_).badge, badge);
    server_.thread->buffer->words[abi::register_words] = 7;
    system_.send(MessageCall::reply_and_receive, at_server_, answer, 1);
    run(client_);
    EXPECT_EQ(last(client_).tag.raw, abi::MessageTag::make(0, 1, 0).raw);
    EXPECT_EQ(last(client_).words, answer);
    EXPECT_EQ(client_.thread->buffer->words[abi::register_words], 7u);
    EXPECT_EQ(client_.thread->buffer->words[abi::register_words + 1], 100u + abi::register_words + 1);
    EXPECT_EQ(fast_calls(), 2u);
}

TEST_F(Messages, TooManyWordsAreRefusedWhereAServerWaits) {
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    system_.send(MessageCall::call, at_client_, question, abi::max_words - abi::register_words + 1);
    EXPECT_EQ(last(client_).error(), Error::bad_argument);
    EXPECT_EQ(server_.thread->state, ThreadState::receiving);
    EXPECT_EQ(fast_calls(), 0u);
}

TEST_F(Messages, PortsGoWithTheThread) {
    ASSERT_TRUE(server_.process->space().allow_ports(0x300, 8));
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    EXPECT_FALSE(system_.touch_port(0x300));
    system_.send(MessageCall::call, at_client_, question);
    EXPECT_TRUE(system_.touch_port(0x300));
    system_.send(MessageCall::reply_and_receive, at_server_, answer);
    EXPECT_FALSE(system_.touch_port(0x300));
    EXPECT_EQ(fast_calls(), 2u);
}

TEST_F(Messages, MalformedRequestsAreRefused) {
    run(client_);
    system_.send(MessageCall::call, at_client_, {}, abi::max_words - abi::register_words + 1);
    EXPECT_EQ(last(client_).error(), Error::bad_argument);
    system_.send(MessageCall::call, at_client_, {}, 0, abi::max_handles + 1);
    EXPECT_EQ(last(client_).error(), Error::bad_argument);
    system_.send(MessageCall::receive, at_client_);
    EXPECT_EQ(last(client_).error(), Error::denied);
    system_.send(MessageCall::call, abi::Handle::make(at_client_.index(), at_client_.generation() + 1));
    EXPECT_EQ(last(client_).error(), Error::bad_handle);
    system_.send(MessageCall::call, abi::Handle::make(1'000'000, 1));
    EXPECT_EQ(last(client_).error(), Error::bad_handle);
    system_.send(MessageCall::reply, {});
    EXPECT_EQ(last(client_).error(), Error::caller_gone);
}

TEST_F(Messages, HandlesTravelWhereThereIsRoom) {
    run(client_);
    const auto gift = system_.invoke(abi::NotificationCreate{});
    ASSERT_TRUE(gift);
    run(server_);
    system_.send(MessageCall::receive, at_server_); // has reserved nothing
    run(client_);
    client_.thread->buffer->handles[0] = gift->handle;
    system_.send(MessageCall::call, at_client_, {}, 0, 1);
    EXPECT_EQ(last(client_).error(), Error::no_slots);
    EXPECT_EQ(server_.thread->state, ThreadState::receiving);

    system_.kernel().waits().cancel(*server_.thread, Error::cancelled);
    run(server_);
    ASSERT_TRUE(system_.invoke(abi::AcceptHandles{2}));
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    system_.send(MessageCall::call, at_client_, {}, 0, 1);
    run(server_);
    EXPECT_EQ(last(server_).tag.handles(), 1u);
    const abi::Handle received = server_.thread->buffer->handles[0];
    const auto info = system_.invoke(abi::HandleInfo{received});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->kind, std::to_underlying(abi::Kind::notification));
}

TEST_F(Messages, AKeptReplyAnswersLater) {
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    system_.send(MessageCall::call, at_client_, question);
    const auto reply = system_.invoke(abi::KeepReply{});
    ASSERT_TRUE(reply);
    EXPECT_EQ(client_.thread->state, ThreadState::awaiting_reply);
    system_.send(MessageCall::reply, {});
    EXPECT_EQ(last(server_).error(), Error::caller_gone);
    system_.send(MessageCall::reply, reply->handle, answer);
    EXPECT_EQ(last(server_).status(), abi::Status::message);
    system_.send(MessageCall::reply, reply->handle, answer);
    EXPECT_EQ(last(server_).error(), Error::bad_handle);
    run(client_);
    EXPECT_EQ(last(client_).words, answer);
}

TEST_F(Messages, ADroppedReplyTellsTheCaller) {
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    system_.send(MessageCall::call, at_client_, question);
    const auto reply = system_.invoke(abi::KeepReply{});
    ASSERT_TRUE(reply);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{reply->handle}));
    run(client_);
    EXPECT_EQ(last(client_).error(), Error::dropped);
}

TEST_F(Messages, ServersDeathEndsTheCallThatItHadAndThoseBehindIt) {
    const auto second = system_.start(10);
    const auto at_second =
        *second.process->handles().insert(*client_.process->handles().copy(at_client_, abi::rights::all));
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    system_.send(MessageCall::call, at_client_, question);
    run(second);
    system_.send(MessageCall::call, at_second, question);
    EXPECT_EQ(second.thread->state, ThreadState::calling);
    run(server_);
    system_.make(abi::ProcessExit{3});
    EXPECT_EQ(server_.process->reason.detail, 3u);
    EXPECT_EQ(last(client_).error(), Error::interrupted);
    EXPECT_EQ(last(second).error(), Error::closed); // nobody holds the receive right any more
    run(client_);
    system_.send(MessageCall::call, at_client_, question);
    EXPECT_EQ(last(client_).error(), Error::closed);
}

TEST_F(Messages, ACallersDeathIsToldToTheServer) {
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    system_.send(MessageCall::call, at_client_, question);
    system_.kernel().end_process(*client_.process, {});
    system_.send(MessageCall::reply, {}, answer);
    EXPECT_EQ(last(server_).error(), Error::caller_gone);
}

TEST_F(Messages, DeadlinesEndEveryWait) {
    run(client_);
    client_.thread->buffer->deadline = 1000;
    system_.send(MessageCall::call, at_client_, question, 0, 0, true);
    server_.thread->buffer->deadline = 2000;
    ASSERT_EQ(system_.current(), server_.thread.get());
    EXPECT_EQ(system_.machine().armed, Instant{{1000}});
    system_.pass_time({{1000}});
    EXPECT_EQ(last(client_).error(), Error::timed_out);
    EXPECT_TRUE(system_.current() != nullptr);
    run(server_);
    system_.send(MessageCall::receive, at_server_, {}, 0, 0, true); // the caller has left the queue
    EXPECT_EQ(server_.thread->state, ThreadState::receiving);
    system_.pass_time({{2000}});
    EXPECT_EQ(last(server_).error(), Error::timed_out);
    run(client_);
    system_.make(abi::Sleep{Instant{{5000}}});
    EXPECT_EQ(client_.thread->state, ThreadState::sleeping);
    system_.pass_time({{5000}});
    EXPECT_EQ(client_.thread->context.registers.rax, 0u);
}

TEST_F(Messages, ABoundNotificationWakesTheReceiver) {
    run(server_);
    const auto bell = system_.invoke(abi::NotificationCreate{});
    ASSERT_TRUE(bell);
    ASSERT_TRUE(system_.invoke(abi::NotificationBind{bell->handle, at_server_}));
    Notification& notification =
        *server_.process->handles().get<Notification>(bell->handle, abi::rights::notification::signal);
    system_.send(MessageCall::receive, at_server_);
    notification.signal(5);
    run(server_);
    EXPECT_EQ(last(server_).status(), abi::Status::notification);
    EXPECT_EQ(last(server_).badge, 5u);
    notification.signal(8);
    system_.send(MessageCall::receive, at_server_);
    EXPECT_EQ(last(server_).badge, 8u);
    EXPECT_EQ(system_.current(), server_.thread.get());
}

TEST_F(Messages, AServerRunsAtItsCallersPriority) {
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    const auto urgent = system_.start(40);
    const auto at_urgent =
        *urgent.process->handles().insert(*client_.process->handles().copy(at_client_, abi::rights::all));
    system_.settle();
    ASSERT_EQ(system_.current(), urgent.thread.get());
    system_.send(MessageCall::call, at_urgent, question);
    ASSERT_EQ(system_.current(), server_.thread.get());
    EXPECT_EQ(server_.thread->priority, 40);
    system_.send(MessageCall::reply_and_receive, at_server_, answer);
    EXPECT_EQ(server_.thread->priority, 10);
    EXPECT_EQ(system_.current(), urgent.thread.get());
    EXPECT_EQ(fast_calls(), 2u);
}

TEST_F(Messages, NothingIsLostWhenEverythingEnds) {
    run(server_);
    ASSERT_TRUE(system_.invoke(abi::AcceptHandles{4}));
    const auto memory = system_.invoke(abi::MemoryCreate{{}, pages(3)});
    ASSERT_TRUE(memory);
    ASSERT_TRUE(system_.invoke(abi::MemoryMap{{}, memory->handle, {0x400000}, {}, pages(3), 3}));
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    system_.send(MessageCall::call, at_client_, question);
    system_.kernel().end_process(*server_.process, {});
    system_.kernel().end_process(*client_.process, {});
    server_ = {};
    client_ = {};
    system_.settle();
    EXPECT_EQ(system_.current(), nullptr);
    EXPECT_EQ(system_.free_frames(), before_);
}

} // namespace
} // namespace pith::kernel
