#include "kernel_client_server.h"

/// Messages whose handles leave their sender.
namespace pith::kernel {
namespace {

using abi::HandleInfo;
using abi::MessageCall;

constexpr u64 call_right = abi::rights::endpoint::call.raw | abi::rights::copy.raw;

/// A server, and a client with room for a handle, whose call it has received.
class Moves : public ClientAndServer {
  protected:
    void SetUp() override {
        ClientAndServer::SetUp();
        run(client_);
        ASSERT_TRUE(done(abi::AcceptHandles{1}));
        run(server_);
        system_.send(MessageCall::receive, at_server_);
        call();
    }
    void call() {
        run(client_);
        system_.send(MessageCall::call, at_client_);
        run(server_);
        ASSERT_EQ(last(server_).status(), abi::Status::message);
    }
    static bool exists(const Simulation::Program& program, abi::Handle handle) {
        return program.process->handles().find(handle) != nullptr;
    }
    abi::Handle copy(abi::Handle handle, u64 rights = abi::rights::all.raw) {
        return invoke(abi::HandleCopy{handle, rights, {}})->handle;
    }
    u64 info(abi::Handle handle) { return invoke(HandleInfo{handle})->rights; }
    /// What the server's answer brings to the client, which runs then: by the fast path where it can.
    abi::Handle answer_with(abi::Handle handle, u32 count = 1) {
        server_.thread->buffer->handles.fill(handle);
        system_.send(MessageCall::reply_and_receive, at_server_, {}, 0, count, false, true);
        run(client_);
        return last(client_).tag.handles() == 1 ? client_.thread->buffer->handles[0] : abi::Handle{};
    }
    /// Both are told, and the server keeps what it has.
    void expect_refused(abi::Handle handle, Error error, u32 count = 1) {
        EXPECT_FALSE(answer_with(handle, count));
        EXPECT_EQ(last(client_).error(), error);
        EXPECT_TRUE(exists(server_, handle));
        call();
        EXPECT_TRUE(last(server_).tag.reply_failed());
    }
};

TEST_F(Moves, KeepPlaceAndChildren) {
    const abi::Handle before = copy(at_server_), moving = copy(at_server_), behind = copy(at_server_);
    const abi::Handle elder = copy(moving), younger = copy(moving);
    const u64 fast_before = system_.fast_paths_taken();
    const abi::Handle moved = answer_with(moving);
    EXPECT_EQ(system_.fast_paths_taken(), fast_before + 1);
    ASSERT_TRUE(moved);
    EXPECT_FALSE(exists(server_, moving));
    constexpr u64 both = HandleInfo::was_derived | HandleInfo::has_derived;
    EXPECT_EQ(info(moved) & both, both);
    ASSERT_TRUE(done(abi::HandleRevoke{moved}));
    EXPECT_FALSE(exists(server_, elder) || exists(server_, younger));
    EXPECT_TRUE(exists(server_, before) && exists(server_, behind));
    EXPECT_EQ(info(moved) & both, HandleInfo::was_derived);
    call();
    ASSERT_TRUE(done(abi::HandleRevoke{at_server_}));
    EXPECT_FALSE(exists(client_, moved) || exists(server_, before) || exists(server_, behind));
}

TEST_F(Moves, OfAnOnlyChildToo) {
    const abi::Handle moving = copy(at_server_), only = copy(moving);
    const abi::Handle moved = answer_with(moving);
    ASSERT_TRUE(done(abi::HandleClose{moved})); // its child belongs to the server's own then
    call();
    EXPECT_TRUE(exists(server_, only));
    ASSERT_TRUE(done(abi::HandleRevoke{at_server_}));
    EXPECT_FALSE(exists(server_, only));
}

TEST_F(Moves, WhatCameFromNothingStaysSo) {
    const abi::Handle own = invoke(abi::NotificationCreate{})->handle;
    const abi::Handle moved = answer_with(own);
    EXPECT_EQ(info(moved) & HandleInfo::was_derived, 0u);
    EXPECT_TRUE(done(abi::NotificationSignal{moved, 1}));
}

TEST_F(Moves, TellWhatHasCome) {
    auto& kinds = client_.thread->buffer->kinds;
    EXPECT_TRUE(answer_with(invoke(abi::NotificationCreate{})->handle));
    EXPECT_EQ(kinds[0], abi::Kind::notification);
    call();
    EXPECT_TRUE(answer_with(copy(at_server_)));
    EXPECT_EQ(kinds[0], abi::Kind::endpoint);
}

TEST_F(Moves, CarryTheBadge) {
    const abi::Handle minted = invoke(abi::HandleMint{at_server_, call_right, 5})->handle;
    const abi::Handle moved = answer_with(minted);
    EXPECT_EQ(server_.thread->state, ThreadState::receiving); // nothing is gone
    ASSERT_TRUE(done(abi::HandleClose{moved}));
    run(server_);
    EXPECT_EQ(last(server_).status(), abi::Status::gone);
    EXPECT_EQ(last(server_).badge, 5u);
}

TEST_F(Moves, AreRefusedWholly) {
    expect_refused(copy(at_server_, abi::rights::endpoint::call.raw), Error::denied);
    expect_refused(copy(at_server_), Error::bad_argument, 2); // twice the same
    expect_refused(at_server_, Error::bad_argument);          // what it receives by
}

TEST_F(Moves, WithoutRoomAreRefused) {
    const abi::Handle first = copy(at_server_), second = copy(at_server_);
    server_.thread->buffer->handles = {first, second};
    system_.send(MessageCall::reply, {}, {}, 0, 2, false, true);
    EXPECT_EQ(last(server_).error(), Error::no_slots);
    EXPECT_EQ(last(client_).error(), Error::no_slots);
    EXPECT_TRUE(exists(server_, first) && exists(server_, second));
}

TEST_F(Moves, OfNothingAreOrdinaryMessages) {
    EXPECT_FALSE(answer_with({}, 0));
    EXPECT_EQ(last(client_).status(), abi::Status::message);
    EXPECT_EQ(client_.thread->unusual, 0u); // it has its slot still
    system_.send(MessageCall::call, at_client_, {}, 0, 0, false, true);
    EXPECT_EQ(last(server_).status(), abi::Status::message);
    EXPECT_EQ(server_.thread->unusual, 0u);
}

TEST_F(Moves, OfACallHappenWhenItIsReceived) {
    ASSERT_TRUE(done(abi::AcceptHandles{1}));
    system_.send(MessageCall::reply, {});
    run(client_);
    const abi::Handle own = invoke(abi::NotificationCreate{})->handle;
    client_.thread->buffer->handles[0] = own;
    system_.send(MessageCall::call, at_client_, {}, 0, 1, false, true);
    EXPECT_EQ(client_.thread->state, ThreadState::calling);
    EXPECT_TRUE(exists(client_, own));
    run(server_);
    system_.send(MessageCall::receive, at_server_);
    EXPECT_FALSE(exists(client_, own));
    EXPECT_TRUE(exists(server_, server_.thread->buffer->handles[0]));
}

TEST_F(Moves, OfWhatACallCameByAreRefused) {
    system_.send(MessageCall::reply_and_receive, at_server_);
    run(client_);
    client_.thread->buffer->handles[0] = at_client_;
    system_.send(MessageCall::call, at_client_, {}, 0, 1, false, true);
    EXPECT_EQ(last(client_).error(), Error::bad_argument);
    EXPECT_TRUE(exists(client_, at_client_));
}

TEST_F(Moves, WhoWaitsThroughWhatMovesGoesOn) {
    const abi::Handle moving = copy(at_server_, call_right);
    const Ref<Thread> other =
        *Thread::create(system_.kernel().root_budget(), *server_.process, VirtAddr{0x3000'0000}, 40);
    system_.kernel().start_thread(*other);
    system_.settle();
    ASSERT_EQ(system_.current(), other.get());
    system_.send(MessageCall::call, moving);
    ASSERT_EQ(other->state, ThreadState::calling);
    run(server_);
    server_.thread->buffer->handles[0] = moving;
    system_.send(MessageCall::reply, {}, {}, 0, 1, false, true);
    run(client_);
    const abi::Handle moved = client_.thread->buffer->handles[0];
    ASSERT_TRUE(exists(client_, moved));
    ASSERT_TRUE(done(abi::HandleRevoke{moved}));
    EXPECT_EQ(other->state, ThreadState::calling); // as if it had been closed
    run(server_);
    ASSERT_TRUE(done(abi::HandleRevoke{at_server_}));
    EXPECT_FALSE(exists(client_, moved));
    EXPECT_EQ(other->state, ThreadState::calling);
    system_.send(MessageCall::receive, at_server_);
    EXPECT_EQ(last(server_).status(), abi::Status::message);
}

} // namespace
} // namespace pith::kernel
