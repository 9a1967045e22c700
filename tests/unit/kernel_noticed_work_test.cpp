#include "kernel/object/dma_domain.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/queue.h"
#include "kernel_programs.h"

#include <algorithm>
#include <vector>

/// What mutants of the kernel showed that no other test noticed: work that takes slices, and the edges of
/// calls.
namespace pith::kernel {
namespace {

constexpr VirtAddr place{0x40'0000}, buffer{0x2'0000};

class NoticedWork : public Programs {
  protected:
    void SetUp() override { system_.settle(); }
    template <class Call>
    abi::Handle made(const Call& call) {
        const auto result = invoke(call);
        EXPECT_TRUE(result);
        return result ? result->handle : abi::Handle{};
    }
    u64 bits(abi::Handle bell) {
        const auto taken = invoke(abi::NotificationWait{bell, Instant{}});
        return taken ? taken->bits : 0;
    }
    template <class T>
    T& object(abi::Handle handle) {
        return static_cast<T&>(*program_.process->handles().find(handle)->object);
    }
    abi::Handle thread_in(abi::Handle process, abi::Handle budget, u64 number) {
        const VirtAddr own = buffer + number * page_size;
        const abi::Handle thread = made(abi::ThreadCreate{process, own, 1, budget});
        EXPECT_TRUE(done(abi::ThreadStart{thread, VirtAddr{0x1000}, VirtAddr{0x1000}, 0}));
        return thread;
    }
    void send(abi::Handle queue, std::initializer_list<abi::Handle> handles) {
        std::ranges::copy(handles, program_.thread->buffer->handles.begin());
        EXPECT_TRUE(done(abi::QueueSend{queue, 1, handles.size()}));
    }
    /// One slice after the other, until there are none; how many.
    u64 slices() {
        u64 count = 0;
        for (; system_.polling(); ++count)
            system_.settle();
        return count;
    }

    Simulation::Program& program_ = start(20);
};

TEST_F(NoticedWork, SeveralPagesAreMappedAtPagesOfProgramsOnly) {
    const abi::Handle memory = made(abi::MemoryCreate{{}, pages(2)});
    for (const u64 wrong : {place.raw + 8, abi::user_end.raw - page_size, abi::user_end.raw, u64{0}})
        EXPECT_EQ(error_of(abi::MemoryMap{{}, memory, VirtAddr{wrong}, {}, pages(2), 3}), Error::bad_address)
            << wrong;
}

TEST_F(NoticedWork, AQueueThatNobodyReceivesFromTellsWhoWantsToSend) {
    const abi::Handle queue = made(abi::QueueCreate{{}, 1});
    const abi::Handle told = made(abi::NotificationCreate{});
    ASSERT_TRUE(done(abi::QueueBind{queue, std::to_underlying(abi::QueueEdge::not_full), told, 4}));
    static_cast<void>(bits(told));
    const abi::Handle sender = made(abi::HandleCopy{queue, abi::rights::queue::send.raw, {}});
    ASSERT_TRUE(done(abi::HandleClose{queue}));
    EXPECT_EQ(bits(told), 4u);
    EXPECT_EQ(error_of(abi::QueueSend{sender, 1, 0}), Error::closed);
}

TEST_F(NoticedWork, FewerHandlesAreAcceptedThoughNoMoreSlotsAreLeft) {
    const abi::Handle queue = made(abi::QueueCreate{{}, 2});
    const abi::Handle gift = made(abi::NotificationCreate{});
    ASSERT_TRUE(done(abi::AcceptHandles{2}));
    send(queue, {gift});
    ASSERT_TRUE(done(abi::QueueReceive{queue, Instant{}})); // one slot is left
    ASSERT_TRUE(done(abi::AcceptHandles{1}));
    send(queue, {gift, gift});
    EXPECT_EQ(error_of(abi::QueueReceive{queue, Instant{}}), Error::no_slots);
}

TEST_F(NoticedWork, MemoryThatIsTakenInSlicesWaitsForWhatIsOnItsWay) {
    constexpr u64 size = 150;
    const abi::Handle budget = made(abi::BudgetCreate{{}, pages(size + 60)});
    const abi::Handle old = made(abi::MemoryCreate{budget, pages(size)});
    system_.set_stepwise(); // nothing is given back before it is asked for
    ASSERT_TRUE(done(abi::HandleClose{old}));
    system_.make(abi::MemoryCreate{budget, pages(size)});
    EXPECT_GT(slices(), 1u);
    EXPECT_EQ(program_.thread->context.registers.rax, 0u);
}

TEST_F(NoticedWork, MemoryThatIsFilledInSlicesWaitsForFramesThatAreOnTheirWay) {
    const abi::Handle old = made(abi::MemoryCreate{{}, pages(500)});
    system_.set_stepwise();
    ASSERT_TRUE(done(abi::HandleClose{old}));
    system_.make(abi::MemoryCreate{{}, pages(300)});
    ASSERT_TRUE(program_.thread->work);
    FrameAllocator& frames = system_.kernel().frames();
    std::vector<PhysAddr> taken; // all that the first slice has left
    while (const auto frame = frames.allocate())
        taken.push_back(*frame);
    slices();
    EXPECT_EQ(program_.thread->context.registers.rax, 0u);
    for (const PhysAddr frame : taken)
        frames.free(frame);
}

TEST_F(NoticedWork, AThreadEndsWithItsBudgetInAProcessOfAnothers) {
    const abi::Handle budget = made(abi::BudgetCreate{{}, pages(30)});
    const abi::Handle process = made(abi::ProcessCreate{{}, 'c', 0});
    thread_in(process, {}, 0);
    thread_in(process, budget, 1);
    const auto ended = invoke(abi::BudgetEnd{budget});
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->kept, pages(0));
    u32 threads = 0;
    for (const Thread& thread : object<Process>(process).threads)
        threads += thread.state != ThreadState::ended;
    EXPECT_EQ(threads, 1u);
    EXPECT_TRUE(done(abi::ProcessKill{process}));
}

TEST_F(NoticedWork, ABudgetEndsInSlicesWhateverItPaidFor) {
    constexpr u64 objects = 100, most_a_slice = 16;
    const abi::Handle budget = made(abi::BudgetCreate{{}, pages(100)});
    const abi::Handle process = made(abi::ProcessCreate{{}, 'c', 0});
    thread_in(process, budget, 0); // it is the first, and the last
    for (u64 i = 0; i < objects; ++i) {
        const abi::Handle bell = made(abi::NotificationCreate{budget});
        ASSERT_TRUE(done(abi::HandleCopy{bell, abi::rights::all.raw, {}}));
        ASSERT_TRUE(done(abi::HandleClose{bell}));
    }
    thread_in(process, budget, 1);
    system_.set_stepwise();
    system_.make(abi::BudgetEnd{budget});
    EXPECT_GE(slices(), objects / most_a_slice);
}

TEST_F(NoticedWork, ABudgetThatEndsIsEndedOnce) {
    const abi::Handle budget = made(abi::BudgetCreate{{}, pages(30)});
    made(abi::NotificationCreate{budget});
    Budget& ending = object<Budget>(budget);
    const Ref<Budget> keep{ending};
    system_.set_stepwise();
    system_.kernel().reclaimer().end(ending); // and its first slice is still to come
    system_.make(abi::BudgetEnd{budget});
    slices();
    EXPECT_EQ(program_.thread->context.registers.rax, 0u);
    EXPECT_EQ(ending.account().used(), pages(0));
}

TEST_F(NoticedWork, AnEndpointThatEndsIsClosedBeforeItsHandlesAreGone) {
    const abi::Handle budget = made(abi::BudgetCreate{{}, pages(30)});
    const abi::Handle handle = made(abi::EndpointCreate{budget});
    const Ref<Endpoint> endpoint{object<Endpoint>(handle)};
    system_.set_stepwise();
    system_.kernel().reclaimer().end(object<Budget>(budget));
    for (int i = 0; i < 10 && !endpoint->closed(); ++i)
        system_.kernel().reclaimer().step();
    ASSERT_TRUE(program_.process->handles().find(handle));
    system_.send(abi::MessageCall::receive, handle);
    EXPECT_EQ(program_.thread->state, ThreadState::running);
    EXPECT_EQ(Simulation::message_of(*program_.thread).error(), Error::closed);
    system_.kernel().reclaimer().finish();
}

TEST_F(NoticedWork, WhoEndsItsProcessHasEndedAtOnce) {
    Simulation::Program& many = start(10);
    Thread& last = *many.thread;
    std::vector<Ref<Thread>> others; // more than a slice stops, and before it
    for (u64 i = 1; i <= 10; ++i) {
        auto thread =
            Thread::create(system_.kernel().root_budget(), *many.process, buffer + i * page_size, 1);
        ASSERT_TRUE(thread);
        system_.kernel().start_thread(**thread);
        others.push_back(*thread);
    }
    many.process->threads.remove(last);
    many.process->threads.push_back(last);
    const Ref<Thread> keep{last};
    system_.make(abi::Sleep{Instant::never()});
    ASSERT_EQ(system_.current(), &last);
    system_.set_stepwise();
    system_.make(abi::ProcessExit{0});
    EXPECT_EQ(last.state, ThreadState::ended);
    others.clear();
    slices();
}

TEST_F(NoticedWork, MemoryEndsWhileSomethingElseIsMappedInSlices) {
    constexpr u64 many = 600;
    const abi::Handle budget = made(abi::BudgetCreate{{}, pages(30)});
    const abi::Handle shown = made(abi::MemoryCreate{budget, pages(1)});
    const abi::Handle large = made(abi::MemoryCreate{{}, pages(many)});
    constexpr VirtAddr behind = place + 8 * page_size;
    ASSERT_TRUE(done(abi::MemoryMap{{}, shown, place, {}, pages(1), 3}));
    system_.set_stepwise();
    system_.make(abi::MemoryMap{{}, large, behind, {}, pages(many), 3});
    AddressSpace& space = program_.process->space();
    ASSERT_TRUE(space.busy());
    system_.kernel().reclaimer().end(object<Budget>(budget));
    system_.kernel().reclaimer().finish();
    slices();
    EXPECT_EQ(program_.thread->context.registers.rax, 0u);
    EXPECT_FALSE(space.query(place));
    for (u64 page = 0; page < many; ++page)
        ASSERT_TRUE(space.query(behind + page * page_size)) << page;
}

TEST_F(NoticedWork, MemoryThatEndsWhileItIsMappedInSlicesIsNotSeen) {
    constexpr u64 many = 600;
    const abi::Handle budget = made(abi::BudgetCreate{{}, pages(many + 30)});
    const abi::Handle large = made(abi::MemoryCreate{budget, pages(many)});
    system_.set_stepwise();
    constexpr VirtAddr start = place + page_size; // where no large page fits
    system_.make(abi::MemoryMap{{}, large, start, {}, pages(many), 3});
    AddressSpace& space = program_.process->space();
    ASSERT_TRUE(space.busy());
    system_.kernel().reclaimer().end(object<Budget>(budget));
    system_.kernel().reclaimer().finish();
    slices();
    for (u64 page = 0; page < many; ++page)
        ASSERT_FALSE(space.query(start + page * page_size)) << page;
}

TEST_F(NoticedWork, ADeviceThatIsGivenUpIsTakenApartThoughSomebodyAlwaysRuns) {
    const abi::Handle system = give_system(program_, abi::rights::all);
    const abi::Handle domain = made(abi::DmaDomainCreate{system, {}, 0x18});
    const abi::Handle memory = made(abi::MemoryCreate{{}, pages(1)});
    for (u64 i = 0; i <= DmaDomain::slice; ++i)
        ASSERT_TRUE(done(abi::DmaMap{domain, memory, {}, pages(1), abi::rights::memory::read.raw}));
    ASSERT_TRUE(done(abi::HandleClose{domain}));
    ASSERT_TRUE(system_.machine().armed.is_never());
    ASSERT_TRUE(done(abi::DmaReset{system, 0x18}));
    EXPECT_FALSE(system_.machine().armed.is_never()); // a turn is timed, after which it is done
}

/// Somebody revokes what a copier holds, which is more urgent.
class NoticedRevoking : public NoticedWork {
  protected:
    void SetUp() override {
        NoticedWork::SetUp();
        root_ = made(abi::EndpointCreate{});
        queue_ = give(copier_, object<Queue>(made(abi::QueueCreate{{}, 64})));
        gift_ = give(copier_, object<Notification>(made(abi::NotificationCreate{})));
        system_.set_stepwise();
    }
    void derive(u64 count, abi::Rights rights = abi::rights::all) {
        for (u64 i = 0; i < count; ++i) {
            auto capability = program_.process->handles().copy(root_, rights);
            ASSERT_TRUE(copier_.process->handles().insert(*std::move(capability)));
        }
    }
    /// The copier sends something; how many handles fewer it has before it goes on.
    u32 lost_by_sending() {
        const HandleTable& handles = copier_.process->handles();
        const u32 before = handles.handles_in_use();
        copier_.thread->buffer->handles[0] = gift_;
        EXPECT_TRUE(done(abi::QueueSend{queue_, 1, 1}));
        pay();
        return before - handles.handles_in_use();
    }
    /// In how many slices.
    u64 pay() {
        u64 slices = 0;
        for (; system_.kernel().revocations().in_debt(); ++slices) {
            EXPECT_TRUE(system_.polling());
            system_.settle();
        }
        return slices;
    }

    /// The copier sends four things, and is as if it had as many threads as there may be.
    u64 slices_for_eight() {
        const HandleTable& handles = copier_.process->handles();
        const u32 before = handles.handles_in_use();
        const u32 threads = std::exchange(copier_.process->thread_count, Process::max_threads);
        copier_.thread->buffer->handles = {gift_, gift_, gift_, gift_};
        EXPECT_TRUE(done(abi::QueueSend{queue_, 1, 4}));
        const u64 slices = pay();
        EXPECT_EQ(before - handles.handles_in_use(), 8u);
        copier_.process->thread_count = threads;
        return slices;
    }

    void begin_to_revoke() {
        system_.make(abi::HandleRevoke{root_});
        ASSERT_TRUE(program_.thread->revoking);
    }
    /// While the program has not yet done.
    void let_copier_run() {
        system_.kernel().set_priority(*program_.thread, 5);
        system_.settle();
        ASSERT_EQ(system_.current(), copier_.thread.get());
    }

    Simulation::Program& copier_ = start(10);
    abi::Handle root_, queue_, gift_;
};

TEST_F(NoticedRevoking, GoesOnWhileOthersSendWhatIsRevoked) {
    derive(100);
    begin_to_revoke();
    let_copier_run();
    EXPECT_EQ(lost_by_sending(), 2u);
    while (lost_by_sending() > 0) {
    }
    ASSERT_FALSE(program_.thread->revoke_link.linked()); // nothing is left, but it does not know yet
    derive(100);
    system_.kernel().set_priority(*program_.thread, 20);
    system_.settle();
    ASSERT_TRUE(program_.thread->revoking);
    let_copier_run();
    EXPECT_EQ(lost_by_sending(), 2u);
    system_.kernel().set_priority(*program_.thread, 20);
    system_.settle();
    slices();
    EXPECT_FALSE(program_.thread->revoking);
}

TEST_F(NoticedRevoking, MessagesWithCapabilitiesTakeTheLongWayMeanwhile) {
    const abi::Handle endpoint = give(copier_, object<Endpoint>(made(abi::EndpointCreate{})));
    derive(100);
    system_.kernel().set_priority(*program_.thread, 5);
    system_.settle();
    Simulation::Program& server = start(30);
    const abi::Handle receive = give(server, *copier_.process->handles().find(endpoint)->object);
    system_.settle();
    ASSERT_EQ(system_.current(), server.thread.get());
    ASSERT_TRUE(done(abi::AcceptHandles{1}));
    system_.send(abi::MessageCall::receive, receive);
    system_.kernel().set_priority(*program_.thread, 20);
    system_.settle();
    begin_to_revoke();
    let_copier_run();
    copier_.thread->buffer->handles[0] = gift_;
    const u32 before = copier_.process->handles().handles_in_use();
    system_.send(abi::MessageCall::call, endpoint, {}, 0, 1);
    ASSERT_EQ(system_.current(), server.thread.get());
    EXPECT_EQ(system_.fast_paths_taken(), 0u);
    EXPECT_EQ(pay(), 1u);
    EXPECT_EQ(before - copier_.process->handles().handles_in_use(), 2u); // what was to be paid for that
}

/// Who may receive through what goes is asked for, thread by thread: a process may have so many of them that
/// a slice suffices for one capability.
TEST_F(NoticedRevoking, WhatIsOwedTakesSeveralSlicesWhereManyAreAsked) {
    derive(100);
    begin_to_revoke();
    let_copier_run();
    EXPECT_EQ(slices_for_eight(), 8u);
}

TEST_F(NoticedRevoking, NobodyIsAskedWhereNobodyMayReceive) {
    derive(100, abi::rights::endpoint::call);
    begin_to_revoke();
    let_copier_run();
    EXPECT_EQ(slices_for_eight(), 1u);
}

TEST_F(NoticedRevoking, NothingIsOwedToWhoHasDone) {
    derive(70);
    begin_to_revoke();
    system_.kernel().revocations().added(); // by a call that is made again, which does not pay
    slices();
    EXPECT_FALSE(program_.thread->revoking);
    system_.make(abi::Yield{}); // it would pay now
    let_copier_run();
    EXPECT_EQ(lost_by_sending(), 0u);
}

TEST_F(NoticedRevoking, NothingIsOwedToWhoseHandleIsGone) {
    derive(100);
    begin_to_revoke();
    let_copier_run();
    program_.process->handles().remove(root_); // another thread closes it
    EXPECT_EQ(lost_by_sending(), 0u);
    EXPECT_FALSE(program_.thread->revoke_link.linked());
    system_.kernel().set_priority(*program_.thread, 20);
    system_.settle();
    slices();
    EXPECT_EQ(program_.thread->context.registers.rax, std::to_underlying(Error::bad_handle));
}

TEST_F(NoticedWork, WhoBindsToAQueueThatOneSideHasLeftIsToldAtOnce) {
    const abi::Handle told = made(abi::NotificationCreate{});
    const abi::Handle without_sender = made(abi::QueueCreate{{}, 1});
    const abi::Handle receiver = made(abi::HandleCopy{without_sender, abi::rights::queue::receive.raw, {}});
    ASSERT_TRUE(done(abi::HandleClose{without_sender}));
    ASSERT_TRUE(done(abi::QueueBind{receiver, std::to_underlying(abi::QueueEdge::not_empty), told, 1}));
    EXPECT_EQ(bits(told), 1u);
    constexpr u64 capacity = 16; // with their handles, more than one slice gives up
    const abi::Handle full = made(abi::QueueCreate{{}, capacity});
    const abi::Handle sender = made(abi::HandleCopy{full, abi::rights::queue::send.raw, {}});
    for (u64 i = 0; i < capacity; ++i)
        send(full, {told, told, told, told});
    ASSERT_TRUE(done(abi::QueueBind{sender, std::to_underlying(abi::QueueEdge::not_full), told, 2}));
    EXPECT_EQ(bits(told), 0u);
    system_.set_stepwise();
    ASSERT_TRUE(done(abi::QueueBind{sender, std::to_underlying(abi::QueueEdge::not_full), {}, 0}));
    ASSERT_TRUE(done(abi::HandleClose{full}));
    ASSERT_TRUE(done(abi::QueueBind{sender, std::to_underlying(abi::QueueEdge::not_full), told, 4}));
    EXPECT_EQ(bits(told), 4u);
}

} // namespace
} // namespace pith::kernel
