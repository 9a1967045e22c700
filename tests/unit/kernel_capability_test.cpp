#include "kernel_programs.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/reply.h"

#include <gtest/gtest.h>

/// Who derives from whom, taking back what was derived, and the news that a badge is gone.
namespace pith::kernel {
namespace {

using abi::MessageCall;
using abi::Status;
using Words = std::array<u64, abi::register_words>;

constexpr u64 all = abi::rights::all.raw;
constexpr u64 call_right = abi::rights::endpoint::call.raw | abi::rights::copy.raw;

/// A server that made an endpoint, and a client with a badged capability to it.
class Capabilities : public Programs {
  protected:
    static constexpr u64 badge = 4711;

    void SetUp() override {
        system_.settle();
        to_client_ = give(server_, {Ref<Object>{*client_.process}, abi::rights::all});
        run(server_);
        endpoint_ = system_.invoke(abi::EndpointCreate{})->handle;
        const auto minted = system_.invoke(abi::HandleMint{endpoint_, call_right, badge});
        ASSERT_TRUE(minted);
        minted_ = minted->handle;
        at_client_ = copy_to_client(minted_);
    }
    abi::Handle copy(abi::Handle handle) { return system_.invoke(abi::HandleCopy{handle, all, {}})->handle; }
    abi::Handle copy_to_client(abi::Handle handle) {
        return system_.invoke(abi::HandleCopy{handle, all, to_client_})->handle;
    }
    static bool exists(const Simulation::Program& program, abi::Handle handle) {
        return program.process->handles().find(handle) != nullptr;
    }
    Simulation::Message last(const Simulation::Program& program) {
        return Simulation::message_of(*program.thread);
    }
    /// The server asks without waiting.
    Simulation::Message poll() {
        run(server_);
        server_.thread->buffer->deadline = 0;
        system_.send(MessageCall::receive, endpoint_, {}, 0, 0, true);
        return last(server_);
    }
    void expect_gone_once(u64 which = badge) {
        const auto first = poll();
        EXPECT_EQ(first.status(), Status::gone);
        EXPECT_EQ(first.badge, which);
        expect_nothing();
    }
    void expect_nothing() { EXPECT_EQ(poll().error(), Error::timed_out); }
    /// A client's call that the server has received.
    void call_and_receive() {
        run(client_);
        system_.send(MessageCall::call, at_client_);
        run(server_);
        system_.send(MessageCall::receive, endpoint_);
        ASSERT_EQ(last(server_).badge, badge);
    }

    static abi::Handle give(const Simulation::Program& program, Capability capability) {
        return *program.process->handles().insert(std::move(capability));
    }

    Simulation::Program& server_ = start(10);
    Simulation::Program& client_ = start(10);
    abi::Handle to_client_, endpoint_, minted_, at_client_;
};

TEST_F(Capabilities, RevokingRemovesWhatWasDerivedEverywhereAndNothingElse) {
    const abi::Handle a = copy(endpoint_);
    const abi::Handle b = copy(a);
    const abi::Handle c = copy_to_client(b);
    const abi::Handle other = copy(endpoint_);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{a}));
    EXPECT_TRUE(exists(server_, a));
    EXPECT_FALSE(exists(server_, b));
    EXPECT_FALSE(exists(client_, c));
    EXPECT_TRUE(exists(server_, other));
    EXPECT_TRUE(exists(client_, at_client_));
    EXPECT_EQ(system_.invoke(abi::HandleRevoke{b}).error(), Error::bad_handle);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_}));
    EXPECT_FALSE(exists(server_, other));
    EXPECT_FALSE(exists(client_, at_client_));
}

TEST_F(Capabilities, ClosingGivesTheChildrenToTheParent) {
    const abi::Handle a = copy(endpoint_);
    const abi::Handle b = copy(a);
    const abi::Handle elder = copy(b);
    const abi::Handle younger = copy(b);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{b}));
    EXPECT_TRUE(exists(server_, elder) && exists(server_, younger));
    EXPECT_TRUE(system_.invoke(abi::HandleInfo{a})->rights & abi::HandleInfo::has_derived);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{a}));
    EXPECT_FALSE(exists(server_, elder) || exists(server_, younger));
    EXPECT_FALSE(system_.invoke(abi::HandleInfo{a})->rights & abi::HandleInfo::has_derived);
}

TEST_F(Capabilities, InfoTellsWhetherAHandleCameFromAnother) {
    EXPECT_FALSE(system_.invoke(abi::HandleInfo{endpoint_})->rights & abi::HandleInfo::was_derived);
    const auto info = system_.invoke(abi::HandleInfo{minted_});
    EXPECT_TRUE(info->rights & abi::HandleInfo::was_derived);
    EXPECT_EQ(info->badge, badge);
    EXPECT_EQ(static_cast<u16>(info->rights), call_right);
}

TEST_F(Capabilities, InfoTellsWhichProcessItIs) {
    const auto info = system_.invoke(abi::HandleInfo{to_client_});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->badge, client_.process->id());
    EXPECT_NE(info->badge, server_.process->id());
}

TEST_F(Capabilities, AQueuedCallThroughARevokedCapabilityEnds) {
    run(client_);
    system_.send(MessageCall::call, at_client_);
    ASSERT_EQ(client_.thread->state, ThreadState::calling);
    run(server_);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{minted_}));
    EXPECT_EQ(last(client_).error(), Error::revoked);
    expect_nothing(); // `minted` itself still carries the badge
}

TEST_F(Capabilities, ACallThatTheServerHasReceivedGoesOn) {
    call_and_receive();
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{minted_}));
    system_.send(MessageCall::reply, {}, Words{42});
    run(client_);
    EXPECT_EQ(last(client_).status(), Status::message);
    EXPECT_EQ(last(client_).words[0], 42u);
    system_.send(MessageCall::call, at_client_);
    EXPECT_EQ(last(client_).error(), Error::bad_handle);
}

TEST_F(Capabilities, AStaleUserOfASlotIsLeftAlone) {
    const auto second = system_.invoke(abi::HandleMint{endpoint_, call_right, 1});
    const abi::Handle old = copy_to_client(second->handle);
    run(client_);
    system_.send(MessageCall::call, old); // waits
    ASSERT_EQ(client_.thread->state, ThreadState::calling);
    static_cast<void>(client_.process->handles().remove(old)); // as another thread of it would
    run(server_);
    const abi::Handle reused = copy_to_client(minted_);
    ASSERT_EQ(reused.index(), old.index());
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{minted_}));
    EXPECT_FALSE(exists(client_, reused));
    EXPECT_EQ(client_.thread->state, ThreadState::calling);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{second->handle}));
    const auto message = poll();
    EXPECT_EQ(message.status(), Status::message); // the waiting call carries its badge until it is received
    EXPECT_EQ(message.badge, 1u);
    system_.send(MessageCall::reply, {});
    expect_gone_once(1);
}

TEST_F(Capabilities, WaitingThroughARevokedCapabilityEnds) {
    const abi::Handle receive = copy_to_client(endpoint_);
    const abi::Handle bell = system_.invoke(abi::NotificationCreate{})->handle;
    const abi::Handle at_bell = copy_to_client(bell);
    run(client_);
    system_.send(MessageCall::receive, receive);
    ASSERT_EQ(client_.thread->state, ThreadState::receiving);
    run(server_);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_}));
    EXPECT_EQ(last(client_).error(), Error::revoked);
    run(client_);
    system_.make(abi::NotificationWait{at_bell, Instant::never()});
    ASSERT_EQ(client_.thread->state, ThreadState::waiting);
    run(server_);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{bell}));
    EXPECT_EQ(client_.thread->state, ThreadState::ready);
    EXPECT_EQ(client_.thread->context.registers.rax, std::to_underlying(Error::revoked));
}

TEST_F(Capabilities, ManyAreRemovedInSlices) {
    for (int i = 0; i < 1000; ++i)
        static_cast<void>(copy(endpoint_));
    const u32 held = server_.process->handles().handles_in_use();
    server_.thread->context.registers.rax = abi::number_of<abi::HandleRevoke>;
    server_.thread->context.registers.rdi = endpoint_.raw;
    const Exit exit = kernel_system_call(system_.core());
    EXPECT_EQ(exit.context, nullptr);
    EXPECT_EQ(exit.idle, Exit::Idle::poll); // interrupts come in here
    EXPECT_GE(server_.process->handles().handles_in_use() + 2 * Revocations::slice, held);
    system_.settle();
    EXPECT_EQ(server_.thread->context.registers.rax, 0u);
    EXPECT_EQ(server_.process->handles().handles_in_use(), 2u);
    EXPECT_FALSE(exists(client_, at_client_));
}

TEST_F(Capabilities, RevokingEndsAgainstACopierThatNeverStops) {
    const auto copier = system_.start(40);
    const abi::Handle source = give(copier, {Ref<Object>{*server_.thread}, abi::rights::all});
    system_.settle();
    ASSERT_EQ(system_.current(), copier.thread.get());
    system_.make(abi::Sleep{Instant{{1000}}});
    static_cast<void>(source);
    run(server_);
    const abi::Handle to_copier = give(server_, {Ref<Object>{*copier.process}, abi::rights::all});
    std::vector<abi::Handle> held;
    for (int i = 0; i < 500; ++i)
        held.push_back(system_.invoke(abi::HandleCopy{minted_, all, to_copier})->handle);
    server_.thread->context.registers.rax = abi::number_of<abi::HandleRevoke>;
    server_.thread->context.registers.rdi = minted_.raw;
    static_cast<void>(
        kernel_system_call(system_.core())); // one slice, and the copier has the core from now on
    system_.pass_time(Instant{{1000}});
    ASSERT_EQ(system_.current(), copier.thread.get());
    int copies = 0;
    for (std::size_t at = 0; at < held.size() && copies < 10'000;) {
        const auto copied = system_.invoke(abi::HandleCopy{held[at], all, {}});
        if (copied) held.push_back(copied->handle), ++copies;
        if (!copied || !exists(copier, held[at])) ++at; // on to another one that is still there
    }
    EXPECT_LT(copies, 1000);
    for (const abi::Handle handle : held)
        EXPECT_FALSE(exists(copier, handle));
    system_.make(abi::ThreadExit{});
    EXPECT_EQ(server_.thread->context.registers.rax, 0u);
    EXPECT_TRUE(exists(server_, minted_));
    EXPECT_FALSE(exists(client_, at_client_));
}

TEST_F(Capabilities, ARevocationsEndByItsHandleOrItsThread) {
    for (int i = 0; i < 200; ++i)
        static_cast<void>(copy(minted_));
    const auto start = [&] {
        server_.thread->context.registers.rax = abi::number_of<abi::HandleRevoke>;
        server_.thread->context.registers.rdi = minted_.raw;
        static_cast<void>(kernel_system_call(system_.core()));
        ASSERT_TRUE(server_.thread->revoking);
    };
    start();
    static_cast<void>(server_.process->handles().remove(minted_)); // another thread closes it
    system_.settle();
    EXPECT_EQ(server_.thread->context.registers.rax, std::to_underlying(Error::bad_handle));
    EXPECT_TRUE(exists(client_, at_client_));
    minted_ = endpoint_;
    start();
    system_.kernel().end_process(*server_.process, {});
    system_.settle();
    EXPECT_FALSE(server_.thread->revoke_link.linked());
}

TEST_F(Capabilities, GoneAfterTheLastIsClosed) {
    ASSERT_TRUE(system_.invoke(abi::HandleClose{minted_}));
    expect_nothing();
    run(client_);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{at_client_}));
    expect_gone_once();
}

TEST_F(Capabilities, GoneAfterTheLastIsRevoked) {
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_}));
    expect_gone_once();
}

TEST_F(Capabilities, GoneAfterTheProcessEndsThatHeldTheLast) {
    ASSERT_TRUE(system_.invoke(abi::HandleClose{minted_}));
    system_.kernel().end_process(*client_.process, {});
    expect_gone_once();
}

TEST_F(Capabilities, GoneWakesAWaitingReceiver) {
    ASSERT_TRUE(system_.invoke(abi::HandleClose{minted_}));
    system_.send(MessageCall::receive, endpoint_);
    ASSERT_EQ(system_.current(), client_.thread.get());
    ASSERT_TRUE(system_.invoke(abi::HandleClose{at_client_}));
    run(server_);
    EXPECT_EQ(last(server_).status(), Status::gone);
    EXPECT_EQ(last(server_).badge, badge);
    expect_nothing();
}

TEST_F(Capabilities, GoneComesBeforeMessagesAndTheFastPathSeesIt) {
    const abi::Handle plain = copy_to_client(endpoint_);
    call_and_receive();
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_})); // the server's own, too: but not the endpoint
    EXPECT_FALSE(exists(client_, plain));
    system_.send(MessageCall::reply_and_receive, endpoint_, Words{1}); // would be fast
    ASSERT_EQ(system_.current(), server_.thread.get());
    EXPECT_EQ(last(server_).status(), Status::gone);
    EXPECT_EQ(last(client_).words[0], 1u);
    expect_nothing();
}

TEST_F(Capabilities, AKeptReplyCarriesItsCallersBadge) {
    for (const bool answered : {false, true}) {
        call_and_receive();
        const abi::Handle reply = system_.invoke(abi::KeepReply{})->handle;
        ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_}));
        expect_nothing();
        if (answered)
            system_.send(MessageCall::reply, reply);
        else
            ASSERT_TRUE(system_.invoke(abi::HandleClose{reply}));
        expect_gone_once();
        at_client_ = copy_to_client(system_.invoke(abi::HandleMint{endpoint_, call_right, badge})->handle);
    }
}

TEST_F(Capabilities, AReplyKeptOfACallByTheFastPathCarriesItsCallersBadge) {
    system_.send(MessageCall::receive, endpoint_);
    ASSERT_EQ(system_.current(), client_.thread.get());
    const u64 before = system_.fast_paths_taken();
    system_.send(MessageCall::call, at_client_, Words{1});
    ASSERT_EQ(system_.fast_paths_taken(), before + 1);
    const abi::Handle reply = system_.invoke(abi::KeepReply{})->handle;
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_}));
    expect_nothing();
    ASSERT_TRUE(system_.invoke(abi::HandleClose{reply}));
    expect_gone_once();
}

TEST_F(Capabilities, AReplyWhoseCallerLeftCarriesNothing) {
    call_and_receive();
    const abi::Handle reply = system_.invoke(abi::KeepReply{})->handle;
    ASSERT_TRUE(system_.invoke(abi::HandleClose{minted_}));
    expect_nothing();
    system_.kernel().end_process(*client_.process, {});
    expect_gone_once();
    system_.send(MessageCall::reply, reply);
    EXPECT_EQ(last(server_).error(), Error::caller_gone);
}

TEST_F(Capabilities, AReplyKeepsItsBadgeWhileItTravels) {
    call_and_receive();
    const auto helper = system_.start(10);
    const abi::Handle inbox = system_.invoke(abi::EndpointCreate{})->handle;
    const abi::Handle at_helper = give(helper, *server_.process->handles().copy(inbox, abi::rights::all));
    const abi::Handle reply = system_.invoke(abi::KeepReply{})->handle;
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_}));
    run(helper);
    ASSERT_TRUE(system_.invoke(abi::AcceptHandles{1}));
    system_.send(MessageCall::receive, at_helper);
    run(server_);
    server_.thread->buffer->handles[0] = reply;
    system_.send(MessageCall::send, inbox, {}, 0, 1);
    EXPECT_FALSE(exists(server_, reply)); // it moved
    expect_nothing();
    system_.kernel().end_process(*helper.process, {});
    EXPECT_EQ(last(client_).error(), Error::dropped);
    expect_gone_once();
}

TEST_F(Capabilities, NobodyIsToldWhenTheEndpointEndsFirst) {
    ASSERT_TRUE(system_.invoke(abi::HandleClose{minted_}));
    run(client_);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{at_client_})); // the news waits
    run(server_);
    const abi::Handle late = system_.invoke(abi::HandleMint{endpoint_, call_right, 2})->handle;
    ASSERT_TRUE(system_.invoke(abi::HandleClose{endpoint_}));
    ASSERT_TRUE(system_.invoke(abi::HandleClose{late}));
}

TEST_F(Capabilities, MintingThatFailsLeavesNothing) {
    Account& account = system_.kernel().root_budget().account();
    const PageCount rest = account.available();
    ASSERT_TRUE(account.reserve(rest));
    // Until the table, or the record's slab, wants a frame that is not there.
    while (system_.invoke(abi::HandleMint{endpoint_, call_right, 5})) {
    }
    EXPECT_EQ(system_.invoke(abi::HandleMint{endpoint_, call_right, 5}).error(), Error::no_memory);
    const u32 held = server_.process->handles().handles_in_use();
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{endpoint_}));
    u32 told = 0;
    while (poll().status() == Status::gone)
        ++told;
    EXPECT_EQ(told, held - 2); // all but endpoint and process
    account.release(rest);
}

} // namespace
} // namespace pith::kernel
