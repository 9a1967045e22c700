#include "kernel/object/queue.h"

#include "kernel/debug/inspector.h"
#include "kernel_programs.h"

#include <gtest/gtest.h>

/// Queues of messages: what goes in comes out, and what becomes of it when somebody ends.
namespace pith::kernel {
namespace {

using abi::QueueEdge;

constexpr u64 all = abi::rights::all.raw;
constexpr u64 send_right = abi::rights::queue::send.raw | abi::rights::copy.raw;
constexpr u64 receive_right = abi::rights::queue::receive.raw | abi::rights::copy.raw;

/// A receiver that made a queue, and a sender.
class Queues : public Programs {
  protected:
    static constexpr u64 capacity = 3;

    void SetUp() override {
        system_.settle();
        const abi::Handle to_sender = give(receiver_, *sender_.process);
        run(receiver_);
        queue_ = system_.invoke(abi::QueueCreate{{}, capacity})->handle;
        at_sender_ = system_.invoke(abi::HandleCopy{queue_, send_right, to_sender})->handle;
        const auto narrowed = system_.invoke(abi::HandleCopy{queue_, receive_right, {}});
        ASSERT_TRUE(system_.invoke(abi::HandleClose{queue_}));
        queue_ = narrowed->handle;
        bell_ = system_.invoke(abi::NotificationCreate{})->handle;
        system_.invoke(abi::AcceptHandles{4}).value();
    }
    auto send(u64 word, std::initializer_list<abi::Handle> handles = {}) {
        run(sender_);
        sender_.thread->buffer->words[0] = word;
        std::ranges::copy(handles, sender_.thread->buffer->handles.begin());
        return system_.invoke(abi::QueueSend{at_sender_, 1, handles.size()});
    }
    auto receive() {
        run(receiver_);
        return system_.invoke(abi::QueueReceive{queue_, Instant{}});
    }
    void expect_word(u64 word) {
        const auto message = receive();
        ASSERT_TRUE(message);
        EXPECT_EQ(message->words, 1);
        EXPECT_EQ(receiver_.thread->buffer->words[0], word);
    }
    [[nodiscard]] u64 bits() {
        run(receiver_);
        const auto bits = system_.invoke(abi::NotificationWait{bell_, Instant{}});
        return bits ? bits->bits : 0;
    }

    Simulation::Program& receiver_ = start(10);
    Simulation::Program& sender_ = start(10);
    abi::Handle queue_, at_sender_, bell_;
};

TEST_F(Queues, MessagesComeInTheirOrderAndAFullQueueRefuses) {
    for (u64 round = 0; round < 3; ++round) {
        for (u64 i = 0; i < capacity; ++i)
            ASSERT_TRUE(send(10 * round + i));
        EXPECT_EQ(send(99).error(), Error::would_wait);
        for (u64 i = 0; i < capacity; ++i)
            expect_word(10 * round + i);
        EXPECT_EQ(receive().error(), Error::would_wait);
    }
}

TEST_F(Queues, AllWordsArrive) {
    run(sender_);
    for (u64 i = 0; i < abi::max_words; ++i)
        sender_.thread->buffer->words[i] = i * i;
    ASSERT_TRUE(system_.invoke(abi::QueueSend{at_sender_, abi::max_words, 0}));
    sender_.thread->buffer->words = {};
    ASSERT_EQ(receive()->words, abi::max_words);
    for (u64 i = 0; i < abi::max_words; ++i)
        EXPECT_EQ(receiver_.thread->buffer->words[i], i * i);
}

TEST_F(Queues, ArgumentsAreChecked) {
    run(sender_);
    EXPECT_EQ(system_.invoke(abi::QueueSend{at_sender_, 65, 0}).error(), Error::bad_argument);
    EXPECT_EQ(system_.invoke(abi::QueueSend{at_sender_, 0, 5}).error(), Error::bad_argument);
    EXPECT_EQ(system_.invoke(abi::QueueReceive{at_sender_, {}}).error(), Error::denied);
    EXPECT_EQ(system_.invoke(abi::QueueCreate{{}, 0}).error(), Error::bad_argument);
    EXPECT_EQ(system_.invoke(abi::QueueCreate{{}, abi::max_queue_capacity + 1}).error(), Error::bad_argument);
    EXPECT_EQ(system_.invoke(abi::QueueBind{at_sender_, 0, {}, 0}).error(), Error::denied);
    EXPECT_EQ(system_.invoke(abi::QueueBind{at_sender_, 2, {}, 0}).error(), Error::bad_argument);
    run(receiver_);
    EXPECT_EQ(system_.invoke(abi::QueueSend{queue_, 0, 0}).error(), Error::denied);
    EXPECT_EQ(system_.invoke(abi::QueueBind{queue_, 1, bell_, 0}).error(), Error::denied);
}

TEST_F(Queues, ClosingAReceiveRightLeavesTheSenders) {
    run(receiver_);
    const auto copy = system_.invoke(abi::HandleCopy{queue_, receive_right, {}});
    ASSERT_TRUE(copy && system_.invoke(abi::HandleClose{copy->handle}));
    EXPECT_EQ(receive().error(), Error::would_wait);
    ASSERT_TRUE(send(5));
    expect_word(5);
}

TEST_F(Queues, SlotsAreTakenAgainForEachMessage) {
    run(sender_);
    const abi::Handle gift = system_.invoke(abi::NotificationCreate{})->handle;
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(send(1, {gift, gift, gift, gift}));
    for (int i = 0; i < 2; ++i) {
        const auto message = receive();
        ASSERT_TRUE(message);
        EXPECT_EQ(message->handles, 4);
    }
}

/// As when the generations of a queue's slots are used up.
TEST_F(Queues, WithoutSlotsNothingIsTaken) {
    run(sender_);
    const abi::Handle gift = system_.invoke(abi::NotificationCreate{})->handle;
    HandleTable& slots =
        Inspector::handles(receiver_.process->handles().get<Queue>(queue_, abi::rights::none)->get());
    Account& account = system_.kernel().root_budget().account();
    const PageCount all_frames = account.available();
    ASSERT_TRUE(account.reserve(all_frames));
    std::vector<u32> reserved;
    while (const auto slot = slots.reserve())
        reserved.push_back(*slot);
    EXPECT_EQ(send(1, {gift}).error(), Error::no_memory);
    slots.unreserve(reserved.back());
    EXPECT_EQ(send(2, {gift, gift}).error(), Error::no_memory);
    EXPECT_EQ(receive().error(), Error::would_wait);
    EXPECT_TRUE(send(3, {gift})); // the slot that was there is still
    expect_word(3);
    for (reserved.pop_back(); !reserved.empty(); reserved.pop_back())
        slots.unreserve(reserved.back());
    account.release(all_frames);
}

TEST_F(Queues, WhatAClosedQueueHeldIsTakenApartSoon) {
    run(receiver_);
    constexpr u64 messages = 10; // with their handles, more than one slice gives up
    const abi::Handle large = system_.invoke(abi::QueueCreate{{}, messages})->handle;
    const abi::Handle gift = system_.invoke(abi::NotificationCreate{})->handle;
    receiver_.thread->buffer->handles.fill(gift);
    for (u64 i = 0; i < messages; ++i)
        ASSERT_TRUE(system_.invoke(abi::QueueSend{large, 1, abi::max_handles}));
    system_.core().slice_end = Instant::never();
    ASSERT_TRUE(system_.invoke(abi::HandleClose{large}));
    EXPECT_TRUE(system_.kernel().reclaimer().has_work());
    EXPECT_FALSE(system_.core().slice_end.is_never());
}

TEST_F(Queues, WhoWaitsGetsTheMessageAtOnce) {
    run(receiver_);
    system_.make(abi::QueueReceive{queue_, Instant::never()});
    ASSERT_EQ(receiver_.thread->state, ThreadState::waiting);
    ASSERT_TRUE(send(7));
    run(receiver_);
    EXPECT_EQ(receiver_.thread->context.registers.rax, 0);
    EXPECT_EQ(receiver_.thread->context.registers.rdx, 1);
    EXPECT_EQ(receiver_.thread->buffer->words[0], 7);
    EXPECT_EQ(receive().error(), Error::would_wait);
}

TEST_F(Queues, AWaitHasADeadlineAndCanBeRevoked) {
    run(receiver_);
    const abi::Handle copy = system_.invoke(abi::HandleCopy{queue_, all, {}})->handle;
    system_.make(abi::QueueReceive{copy, Instant{{500}}});
    system_.pass_time(Instant{{600}});
    EXPECT_EQ(receiver_.thread->context.registers.rax, std::to_underlying(Error::timed_out));
    run(receiver_);
    const abi::Handle at_other = give(sender_, *receiver_.process); // the sender's: to hand the root over
    static_cast<void>(at_other);
    auto helper = Thread::create(system_.kernel().root_budget(), *receiver_.process, VirtAddr{0x30000}, 10);
    system_.kernel().start_thread(**helper);
    system_.make(abi::QueueReceive{copy, Instant::never()});
    run({receiver_.process, *helper});
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{queue_}));
    EXPECT_EQ(receiver_.thread->context.registers.rax, std::to_underlying(Error::revoked));
}

TEST_F(Queues, HandlesTravelAllOrNone) {
    run(sender_);
    const abi::Handle gift = system_.invoke(abi::NotificationCreate{})->handle;
    EXPECT_EQ(send(1, {gift, {}}).error(), Error::bad_handle);
    EXPECT_EQ(receive().error(), Error::would_wait);
    ASSERT_TRUE(send(1, {gift, gift}));
    run(receiver_);
    ASSERT_TRUE(system_.invoke(abi::AcceptHandles{1}));
    EXPECT_EQ(receive().error(), Error::no_slots); // and it stays
    ASSERT_TRUE(system_.invoke(abi::AcceptHandles{2}));
    ASSERT_EQ(receive()->handles, 2);
    const auto got = receiver_.thread->buffer->handles;
    EXPECT_NE(got[0].raw, got[1].raw);
    EXPECT_EQ(receiver_.thread->buffer->kinds[1], abi::Kind::notification);
    EXPECT_TRUE(system_.invoke(abi::NotificationSignal{got[0], 4}));
    EXPECT_EQ(system_.invoke(abi::NotificationWait{got[1], {}})->bits, 4);
}

TEST_F(Queues, AReceiverWithoutSlotsIsToldAndTheNextOneGetsTheMessage) {
    run(receiver_);
    auto helper = Thread::create(system_.kernel().root_budget(), *receiver_.process, VirtAddr{0x30000}, 10);
    system_.kernel().start_thread(**helper);
    const Simulation::Program second{receiver_.process, *helper};
    run(second);
    system_.make(abi::QueueReceive{queue_, Instant::never()}); // accepts none
    run(receiver_);
    system_.make(abi::QueueReceive{queue_, Instant::never()});
    run(sender_);
    const abi::Handle gift = system_.invoke(abi::NotificationCreate{})->handle;
    ASSERT_TRUE(send(3, {gift}));
    EXPECT_EQ((*helper)->context.registers.rax, std::to_underlying(Error::no_slots));
    EXPECT_EQ(receiver_.thread->context.registers.rax, 0);
    EXPECT_EQ(receiver_.thread->context.registers.rsi, 1);
}

TEST_F(Queues, RevokingFindsHandlesOnTheirWay) {
    run(sender_);
    const abi::Handle gift = system_.invoke(abi::NotificationCreate{})->handle;
    ASSERT_TRUE(send(5, {gift}));
    ASSERT_TRUE(system_.invoke(abi::HandleInfo{gift})->rights & abi::HandleInfo::has_derived);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{gift}));
    EXPECT_FALSE(system_.invoke(abi::HandleInfo{gift})->rights & abi::HandleInfo::has_derived);
    const auto message = receive();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->words, 1); // the message stays, without it
    EXPECT_EQ(message->handles, 1);
    EXPECT_EQ(receiver_.thread->buffer->handles[0].raw, 0);
    EXPECT_EQ(receiver_.thread->buffer->kinds[0], abi::Kind::none);
}

TEST_F(Queues, WhatCameOutStillDerivesFromWhatWentIn) {
    run(sender_);
    const abi::Handle gift = system_.invoke(abi::NotificationCreate{})->handle;
    ASSERT_TRUE(send(5, {gift}));
    ASSERT_TRUE(receive());
    const abi::Handle got = receiver_.thread->buffer->handles[0];
    EXPECT_TRUE(system_.invoke(abi::NotificationSignal{got, 1}));
    run(sender_);
    ASSERT_TRUE(system_.invoke(abi::HandleRevoke{gift}));
    run(receiver_);
    EXPECT_EQ(system_.invoke(abi::NotificationSignal{got, 1}).error(), Error::bad_handle);
}

TEST_F(Queues, ABadgeInAQueueIsNotGone) {
    run(sender_);
    const abi::Handle endpoint = system_.invoke(abi::EndpointCreate{})->handle;
    const abi::Handle minted = system_.invoke(abi::HandleMint{endpoint, all, 8})->handle;
    ASSERT_TRUE(send(0, {minted}));
    ASSERT_TRUE(system_.invoke(abi::HandleClose{minted}));
    const auto poll = [&] {
        run(sender_);
        sender_.thread->buffer->deadline = 0;
        system_.send(abi::MessageCall::receive, endpoint, {}, 0, 0, true);
        return Simulation::message_of(*sender_.thread);
    };
    EXPECT_EQ(poll().error(), Error::timed_out);
    ASSERT_TRUE(receive());
    EXPECT_EQ(poll().error(), Error::timed_out);
    run(receiver_);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{receiver_.thread->buffer->handles[0]}));
    EXPECT_EQ(poll().status(), abi::Status::gone);
}

TEST_F(Queues, AReplyMovesThroughAQueue) {
    run(receiver_);
    const abi::Handle endpoint = system_.invoke(abi::EndpointCreate{})->handle;
    auto client = system_.start(10);
    const abi::Handle at_client = give(client, *receiver_.process->handles().find(endpoint)->object);
    run(client);
    system_.send(abi::MessageCall::call, at_client, {1});
    const abi::Handle at_server = give(sender_, *receiver_.process->handles().find(endpoint)->object);
    run(sender_);
    system_.send(abi::MessageCall::receive, at_server);
    const abi::Handle reply = system_.invoke(abi::KeepReply{})->handle;
    EXPECT_EQ(send(0, {reply, reply}).error(), Error::bad_argument);
    ASSERT_TRUE(send(0, {reply}));
    EXPECT_EQ(system_.invoke(abi::HandleInfo{reply}).error(), Error::bad_handle);
    ASSERT_TRUE(receive());
    system_.send(abi::MessageCall::reply, receiver_.thread->buffer->handles[0], {42});
    EXPECT_EQ(Simulation::message_of(*client.thread).words[0], 42);
    system_.kernel().end_process(*client.process, {});
}

TEST_F(Queues, AReceiveRightNeverTravels) {
    run(receiver_);
    const abi::Handle other = system_.invoke(abi::QueueCreate{{}, 1})->handle;
    const abi::Handle to_send = system_.invoke(abi::HandleCopy{other, send_right, {}})->handle;
    receiver_.thread->buffer->handles[0] = queue_;
    EXPECT_EQ(system_.invoke(abi::QueueSend{to_send, 0, 1}).error(), Error::denied);
    receiver_.thread->buffer->handles[0] = to_send;
    EXPECT_TRUE(system_.invoke(abi::QueueSend{to_send, 0, 1}));
}

TEST_F(Queues, TheLastReceiverTakesEverythingAlong) {
    run(sender_);
    const abi::Handle endpoint = system_.invoke(abi::EndpointCreate{})->handle;
    const abi::Handle minted = system_.invoke(abi::HandleMint{endpoint, all, 8})->handle;
    ASSERT_TRUE(send(0, {minted, minted, minted, minted}));
    ASSERT_TRUE(system_.invoke(abi::HandleClose{minted}));
    run(receiver_);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{queue_}));
    EXPECT_EQ(send(1).error(), Error::closed);
    system_.kernel().reclaimer().finish();
    sender_.thread->buffer->deadline = 0;
    system_.send(abi::MessageCall::receive, endpoint, {}, 0, 0, true);
    EXPECT_EQ(Simulation::message_of(*sender_.thread).status(), abi::Status::gone);
}

TEST_F(Queues, ADeadReceiverClosesItsQueue) {
    ASSERT_TRUE(send(0));
    system_.kernel().end_process(*receiver_.process, {});
    EXPECT_EQ(send(1).error(), Error::closed);
}

TEST_F(Queues, WithoutSendersTheRestArrivesThenClosed) {
    ASSERT_TRUE(send(6));
    ASSERT_TRUE(system_.invoke(abi::HandleClose{at_sender_}));
    expect_word(6);
    EXPECT_EQ(receive().error(), Error::closed);
}

TEST_F(Queues, WhoWaitsIsToldThatNobodyCanSend) {
    run(receiver_);
    system_.make(abi::QueueReceive{queue_, Instant::never()});
    system_.kernel().end_process(*sender_.process, {});
    EXPECT_EQ(receiver_.thread->context.registers.rax, std::to_underlying(Error::closed));
}

TEST_F(Queues, ReadinessIsSignalledOnceAnEdge) {
    run(receiver_);
    ASSERT_TRUE(system_.invoke(abi::QueueBind{queue_, std::to_underlying(QueueEdge::not_empty), bell_, 1}));
    const abi::Handle at_sender_bell = give(sender_, *receiver_.process->handles().find(bell_)->object);
    run(sender_);
    ASSERT_TRUE(system_.invoke(
        abi::QueueBind{at_sender_, std::to_underlying(QueueEdge::not_full), at_sender_bell, 2}));
    EXPECT_EQ(bits(), 2); // it is not full
    ASSERT_TRUE(send(1));
    EXPECT_EQ(bits(), 1);
    ASSERT_TRUE(send(2));
    EXPECT_EQ(bits(), 0);
    ASSERT_TRUE(send(3));
    expect_word(1);
    EXPECT_EQ(bits(), 2);
    expect_word(2);
    EXPECT_EQ(bits(), 0);
    expect_word(3);
    ASSERT_TRUE(send(4));
    EXPECT_EQ(bits(), 1);
    // Bound anew: told at once. Not bound: no more.
    ASSERT_TRUE(system_.invoke(abi::QueueBind{queue_, 0, bell_, 4}));
    EXPECT_EQ(bits(), 4);
    ASSERT_TRUE(system_.invoke(abi::QueueBind{queue_, 0, {}, 0}));
    expect_word(4);
    ASSERT_TRUE(send(5));
    EXPECT_EQ(bits(), 0);
}

TEST_F(Queues, EndsAreSignalledToo) {
    run(receiver_);
    ASSERT_TRUE(system_.invoke(abi::QueueBind{queue_, 0, bell_, 1}));
    run(sender_);
    ASSERT_TRUE(system_.invoke(abi::HandleClose{at_sender_}));
    EXPECT_EQ(bits(), 1);
}

TEST_F(Queues, EverythingIsPaidWhenItIsMade) {
    run(receiver_);
    auto budget = Budget::create(system_.kernel().root_budget(), pages(40));
    const abi::Handle payer = give(receiver_, **budget);
    const PageCount free = (*budget)->account().available();
    const auto queue = system_.invoke(abi::QueueCreate{payer, abi::max_queue_capacity});
    ASSERT_TRUE(queue);
    const PageCount left = (*budget)->account().available();
    EXPECT_LT(left, free);
    receiver_.thread->buffer->handles = {bell_, bell_, bell_, bell_};
    for (u64 i = 0; i < abi::max_queue_capacity; ++i)
        ASSERT_TRUE(system_.invoke(abi::QueueSend{queue->handle, 64, 4}));
    EXPECT_EQ((*budget)->account().available(), left);
    EXPECT_EQ(system_.invoke(abi::QueueSend{queue->handle, 0, 0}).error(), Error::would_wait);
    // Whatever is missing, nothing is left of one that cannot be paid.
    ASSERT_TRUE(system_.invoke(abi::HandleClose{queue->handle}));
    system_.kernel().reclaimer().finish();
    EXPECT_EQ((*budget)->account().available(), free);
    while ((*budget)->account().available().raw > 0) {
        EXPECT_TRUE((*budget)->account().reserve(pages(1)));
        const PageCount before = (*budget)->account().available();
        const auto made = system_.invoke(abi::QueueCreate{payer, abi::max_queue_capacity});
        if (made) {
            ASSERT_TRUE(system_.invoke(abi::HandleClose{made->handle}));
        } else {
            EXPECT_EQ(made.error(), Error::no_memory);
        }
        EXPECT_EQ((*budget)->account().available(), before);
    }
    (*budget)->account().release((*budget)->account().reserved());
}

} // namespace
} // namespace pith::kernel
