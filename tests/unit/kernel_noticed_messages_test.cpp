#include "kernel_client_server.h"

#include <cstring>

/// What mutants of messages showed that no other test noticed.
namespace pith::kernel {
namespace {

using abi::MessageCall;

class NoticedMessages : public ClientAndServer {
  protected:
    /// The client calls, and the server gets it.
    void begin_exchange() {
        run(server_);
        system_.send(MessageCall::receive, at_server_);
        run(client_);
        system_.send(MessageCall::call, at_client_);
        ASSERT_EQ(system_.current(), server_.thread.get());
    }
    /// The server answers with a handle that nobody has room for, and receives.
    void answer_in_vain() {
        server_.thread->buffer->handles[0] = at_server_;
        system_.send(MessageCall::reply_and_receive, at_server_, {}, 0, 1);
        EXPECT_EQ(last(client_).error(), Error::no_slots);
    }
    /// All that the root budget has is taken until `give_back`.
    void take_all() {
        Account& account = system_.kernel().root_budget().account();
        const PageCount left = account.available();
        ASSERT_TRUE(account.reserve(left));
        taken_ = taken_ + left;
    }
    void give_back() { system_.kernel().root_budget().account().release(taken_); }

    PageCount taken_{};
};

TEST_F(NoticedMessages, FastOnesAreCounted) {
    const abi::Handle list = give_system(client_, abi::rights::system::list);
    const auto result = [&]<class T>(T& entry) {
        std::memcpy(&entry, client_.thread->buffer->results.data(), sizeof entry);
    };
    const auto of_those_that_are_gone = [&] {
        run(client_);
        EXPECT_TRUE(done(abi::SystemInfo{list}));
        abi::SystemEntry entry;
        result(entry);
        return entry.fast_calls_of_ended;
    };
    const auto fast_calls = [&] {
        u64 calls = of_those_that_are_gone();
        for (u64 from = 0; done(abi::ProcessList{list, from});) {
            abi::ProcessEntry entry;
            result(entry);
            calls += entry.calls - entry.slow_calls;
            from = entry.id + 1;
        }
        return calls;
    };
    const u64 before = fast_calls();
    begin_exchange();
    system_.send(MessageCall::reply_and_receive, at_server_);
    EXPECT_EQ(fast_calls(), before + 1);

    // Somebody else calls once, and is gone.
    Simulation::Program& other = start(20);
    const abi::Handle at_other =
        give(other, *client_.process->handles().find(at_client_)->object, abi::rights::endpoint::call);
    const u64 gone = of_those_that_are_gone();
    run(other);
    system_.send(MessageCall::call, at_other);
    system_.send(MessageCall::reply_and_receive, at_server_);
    system_.kernel().end_process(*other.process, {});
    other = {};
    system_.settle();
    system_.kernel().reclaimer().finish();
    EXPECT_EQ(of_those_that_are_gone(), gone + 1);
    EXPECT_EQ(fast_calls(), before + 2);
}

TEST_F(NoticedMessages, ADeadlineThatHasPassedEndsACallAtOnce) {
    system_.pass_time({{1000}});
    for (const MessageCall call : {MessageCall::call, MessageCall::send}) {
        run(client_);
        client_.thread->buffer->deadline = 500;
        system_.send(call, at_client_, {}, 0, 0, true);
        EXPECT_EQ(system_.current(), client_.thread.get());
        EXPECT_EQ(last(client_).error(), Error::timed_out);
    }
}

TEST_F(NoticedMessages, AReplyInVainIsToldWithANotification) {
    begin_exchange();
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(done(abi::NotificationBind{bell->handle, at_server_}));
    ASSERT_TRUE(done(abi::NotificationSignal{bell->handle, 6}));
    answer_in_vain();
    run(server_);
    EXPECT_EQ(last(server_).status(), abi::Status::notification);
    EXPECT_EQ(last(server_).badge, 6u);
    EXPECT_TRUE(last(server_).tag.reply_failed());
}

TEST_F(NoticedMessages, AReplyInVainIsToldWithTheNextMessageAndOnce) {
    begin_exchange();
    Simulation::Program& other = start();
    const Slot& slot = *server_.process->handles().find(at_server_);
    const abi::Handle at_other = give(other, *slot.object, abi::rights::endpoint::call);
    run(other);
    system_.send(MessageCall::call, at_other);
    run(server_);
    ASSERT_EQ(other.thread->state, ThreadState::calling);
    answer_in_vain();
    run(server_);
    EXPECT_EQ(last(server_).status(), abi::Status::message);
    EXPECT_TRUE(last(server_).tag.reply_failed());
    system_.send(MessageCall::reply, {});
    EXPECT_FALSE(last(server_).tag.reply_failed());
    EXPECT_EQ(last(server_).error(), Error{});
}

TEST_F(NoticedMessages, WhoCannotHaveSlotsDoesNotCall) {
    run(client_);
    ASSERT_TRUE(done(abi::AcceptHandles{4}));
    begin_exchange();
    const auto gift = invoke(abi::NotificationCreate{});
    server_.thread->buffer->handles.fill(gift->handle);
    system_.send(MessageCall::reply, {}, {}, 0, 4);
    run(client_);
    take_all();
    while (done(abi::HandleCopy{at_client_, abi::rights::all.raw, {}})) {
    }
    system_.send(MessageCall::call, at_client_);
    EXPECT_EQ(system_.current(), client_.thread.get());
    EXPECT_EQ(last(client_).error(), Error::no_memory);
    give_back();
}

/// What it owes is answered all the same.
TEST_F(NoticedMessages, WhoCannotHaveSlotsAnswersAndDoesNotReceive) {
    run(server_);
    ASSERT_TRUE(done(abi::AcceptHandles{4}));
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    client_.thread->buffer->handles.fill(at_client_);
    system_.send(MessageCall::call, at_client_, {}, 0, 4);
    ASSERT_EQ(system_.current(), server_.thread.get());
    take_all();
    while (done(abi::HandleCopy{at_server_, abi::rights::all.raw, {}})) {
    }
    system_.send(MessageCall::reply_and_receive, at_server_, {7});
    EXPECT_EQ(last(server_).error(), Error::no_memory);
    EXPECT_EQ(last(client_).words[0], 7u);
    run(client_);
    give_back();
}

TEST_F(NoticedMessages, AReplyThatCannotBeKeptTakesNoSlot) {
    begin_exchange();
    const auto before = invoke(abi::NotificationCreate{});
    take_all();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(error_of(abi::KeepReply{}), Error::no_memory);
    give_back();
    const auto kept = invoke(abi::KeepReply{});
    const auto after = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(before && kept && after);
    EXPECT_EQ(after->handle.index() - before->handle.index(), 2u);
    system_.send(MessageCall::reply, kept->handle);
}

TEST_F(NoticedMessages, HandlesAndAFullBufferAreFastToo) {
    constexpr u32 most = abi::max_words - abi::register_words;
    run(server_);
    ASSERT_TRUE(done(abi::AcceptHandles{1}));
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    client_.thread->buffer->handles[0] = at_client_;
    client_.thread->buffer->words[abi::max_words - 1] = 77;
    system_.send(MessageCall::call, at_client_, {}, most, 1);
    ASSERT_EQ(system_.current(), server_.thread.get());
    EXPECT_EQ(system_.fast_paths_taken(), 1u);
    EXPECT_EQ(server_.thread->buffer->words[abi::max_words - 1], 77u);
    system_.send(MessageCall::reply_and_receive, at_server_, {}, most);
    EXPECT_EQ(system_.fast_paths_taken(), 2u);
}

TEST_F(NoticedMessages, AnotherNotificationTakesThePlaceOfTheOneThatIsBound) {
    run(server_);
    const abi::Handle first = invoke(abi::NotificationCreate{})->handle;
    const abi::Handle second = invoke(abi::NotificationCreate{})->handle;
    for (const abi::Handle bell : {first, second})
        ASSERT_TRUE(done(abi::NotificationBind{bell, at_server_}));
    ASSERT_TRUE(done(abi::NotificationSignal{first, 1}));
    ASSERT_TRUE(done(abi::NotificationSignal{second, 2}));
    system_.send(MessageCall::receive, at_server_);
    EXPECT_EQ(last(server_).status(), abi::Status::notification);
    EXPECT_EQ(last(server_).badge, 2u);
    EXPECT_EQ(invoke(abi::NotificationWait{first, Instant{}})->bits, 1u);
}

/// As WhoCannotHaveSlotsDoesNotCall, but a large object is being given back.
TEST_F(NoticedMessages, WhoNeedsSlotsWaitsForMemoryThatIsOnItsWay) {
    run(client_);
    const abi::Handle memory = invoke(abi::MemoryCreate{{}, pages(300)})->handle;
    ASSERT_TRUE(done(abi::AcceptHandles{4}));
    begin_exchange();
    const auto gift = invoke(abi::NotificationCreate{});
    server_.thread->buffer->handles.fill(gift->handle);
    system_.send(MessageCall::reply, {}, {}, 0, 4);
    system_.send(MessageCall::receive, at_server_);
    run(client_);
    take_all();
    while (done(abi::HandleCopy{at_client_, abi::rights::all.raw, {}})) {
    }
    system_.set_stepwise();
    ASSERT_TRUE(done(abi::HandleClose{memory}));
    take_all(); // what the first slice gave back
    ASSERT_TRUE(done(abi::HandleCopy{at_client_, abi::rights::all.raw, {}})); // its slot
    system_.send(MessageCall::call, at_client_, {9});
    EXPECT_TRUE(system_.polling());
    while (system_.polling())
        system_.settle();
    EXPECT_EQ(system_.current(), server_.thread.get());
    EXPECT_EQ(last(server_).words[0], 9u);
    give_back();
}

} // namespace
} // namespace pith::kernel
