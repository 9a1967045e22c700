#include "kernel/object/dma_domain.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/object/queue.h"
#include "kernel_programs.h"

#include <algorithm>
#include <cstring>

/// What mutants of the kernel showed that no other test noticed.
namespace pith::kernel {
namespace {

class Noticed : public Programs {
  protected:
    void SetUp() override { system_.settle(); }
    abi::Handle without(abi::Handle handle, abi::Rights right) {
        const auto weaker = invoke(abi::HandleCopy{handle, u64{abi::rights::all.raw} & ~u64{right.raw}, {}});
        EXPECT_TRUE(weaker);
        return weaker ? weaker->handle : abi::Handle{};
    }
    u64 used(abi::Handle budget) { return invoke(abi::BudgetInfo{budget})->used.raw; }

    Simulation::Program& program_ = start();
};

TEST_F(Noticed, RightsToInterruptsAndProcessesAreNeeded) {
    const abi::Handle system = give_system(program_, abi::rights::system::devices);
    const auto line = invoke(abi::InterruptCreate{system, {}, 4});
    const auto bell = invoke(abi::NotificationCreate{});
    const auto child = invoke(abi::ProcessCreate{{}, 1, 2});
    ASSERT_TRUE(line && bell && child);
    const abi::Handle idle = without(line->handle, abi::rights::interrupt::use);
    EXPECT_EQ(error_of(abi::InterruptBind{idle, bell->handle, 1}), Error::denied);
    EXPECT_EQ(error_of(abi::InterruptAcknowledge{idle}), Error::denied);
    const abi::Handle seen = without(child->handle, abi::rights::process::run);
    EXPECT_EQ(error_of(abi::ThreadCreate{seen, {0x50'0000}, 10, {}}), Error::denied);
}

TEST_F(Noticed, TheLogAndTheProcessesAreForWhoMayKnow) {
    const abi::Handle weak = give_system(program_, abi::rights::system::devices);
    EXPECT_EQ(error_of(abi::LogRead{weak, 0}), Error::denied);
    const abi::Handle list = give_system(program_, abi::rights::system::list);
    EXPECT_EQ(error_of(abi::ProcessList{list, 1'000'000}), Error::not_found);
}

TEST_F(Noticed, ProcessesAreListedAsTheyAre) {
    const abi::Handle list = give_system(program_, abi::rights::system::list);
    const Simulation::Program& other = start();
    const auto entry_of = [&](const Simulation::Program& program) {
        EXPECT_TRUE(done(abi::ProcessList{list, program.process->id()}));
        abi::ProcessEntry entry;
        std::memcpy(&entry, program_.thread->buffer->results.data(), sizeof entry);
        return entry;
    };
    const auto second = invoke(abi::ThreadCreate{{}, {0x50'0000}, 10, {}});
    ASSERT_TRUE(second && done(abi::ThreadStart{second->handle, {0x40'0000}, {0x7000}, 0}));
    EXPECT_EQ(entry_of(program_).threads, 2u);
    EXPECT_EQ(entry_of(program_).state, 0u);
    EXPECT_EQ(entry_of(other).threads, 1u);
    system_.kernel().end_process(*other.process, {});
    EXPECT_EQ(entry_of(other).state, 1u);
}

TEST_F(Noticed, ArgumentsThatMeanNothingAreRefused) {
    const abi::Handle power = give_system(program_, abi::rights::system::power);
    EXPECT_EQ(error_of(abi::SystemPower{power, std::to_underlying(abi::PowerAction::reboot) + 1}),
              Error::bad_argument);
    const auto child = invoke(abi::ProcessCreate{{}, 1, 2});
    ASSERT_TRUE(child && done(abi::ProcessKill{child->handle}));
    EXPECT_EQ(error_of(abi::ThreadCreate{child->handle, {0x50'0000}, 10, {}}), Error::wrong_state);
}

TEST_F(Noticed, TheConsoleIsReleasedToWhoHasItsPorts) {
    const abi::Handle system = give_system(program_, abi::rights::system::devices);
    constexpr u64 com1 = 0x3f8;
    for (const auto& [first, count] : {std::pair{com1 - 8, u64{8}}, {com1 + 1, 8}, {com1 - 1, 2}}) {
        const auto ports = invoke(abi::IoPortsCreate{system, {}, first, count});
        ASSERT_TRUE(ports && done(abi::IoPortsEnable{ports->handle}));
        EXPECT_EQ(system_.machine().console_released, first < com1 && first + count > com1) << first;
    }
}

TEST_F(Noticed, AMessageBufferDoesNotEndWithItsBudget) {
    const auto budget = invoke(abi::BudgetCreate{{}, pages(20)});
    ASSERT_TRUE(budget && done(abi::ThreadCreate{{}, {0x50'0000}, 10, budget->handle}));
    ASSERT_TRUE(done(abi::BudgetReclaim{budget->handle}));
    system_.kernel().reclaimer().finish();
    EXPECT_TRUE(program_.process->space().query(VirtAddr{0x50'0000}));
}

TEST_F(Noticed, ANotificationIsBoundToOneEndpoint) {
    const auto one = invoke(abi::EndpointCreate{}), other = invoke(abi::EndpointCreate{});
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(one && other && bell);
    EXPECT_TRUE(done(abi::NotificationBind{bell->handle, one->handle}));
    EXPECT_EQ(error_of(abi::NotificationBind{bell->handle, other->handle}), Error::exists);
    EXPECT_TRUE(done(abi::NotificationBind{bell->handle, {}}));
    EXPECT_TRUE(done(abi::NotificationBind{bell->handle, other->handle}));
}

TEST_F(Noticed, WhoReceivesHearsOfBitsThatCameBeforeTheBinding) {
    Simulation::Program& server = start();
    const Ref<Endpoint> endpoint = *system_.kernel().root_budget().make<Endpoint>();
    const abi::Handle theirs = give(server, *endpoint), own = give(program_, *endpoint);
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(done(abi::NotificationSignal{bell->handle, 5}));
    run(server);
    system_.send(abi::MessageCall::receive, theirs);
    ASSERT_TRUE(server.thread->is_blocked());
    ASSERT_TRUE(done(abi::NotificationBind{bell->handle, own}));
    ASSERT_FALSE(server.thread->is_blocked());
    EXPECT_EQ(Simulation::message_of(*server.thread).status(), abi::Status::notification);
    EXPECT_EQ(Simulation::message_of(*server.thread).badge, 5u);
}

TEST_F(Noticed, ABudgetThatCannotBeMadeTakesNothing) {
    const auto parent = invoke(abi::BudgetCreate{{}, pages(10)});
    ASSERT_TRUE(parent);
    EXPECT_EQ(error_of(abi::BudgetCreate{parent->handle, pages(10)}),
              Error::no_memory); // no room for the object
    EXPECT_EQ(used(parent->handle), 0u);
}

TEST_F(Noticed, AMintThatFailsTakesNoSlot) {
    const auto endpoint = invoke(abi::EndpointCreate{});
    const auto before = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(endpoint && before);
    Account& account = system_.kernel().root_budget().account();
    const PageCount all = account.available();
    ASSERT_TRUE(account.reserve(all));
    const abi::HandleMint mint{endpoint->handle, abi::rights::endpoint::call.raw, 7};
    EXPECT_EQ(error_of(mint), Error::no_memory);
    EXPECT_EQ(error_of(mint), Error::no_memory);
    account.release(all);
    const auto minted = invoke(mint);
    const auto after = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(minted && after);
    const u32 distance = abi::Handle{minted->handle}.index() - before->handle.index();
    EXPECT_EQ(distance, after->handle.index() - minted->handle.index()) << "one place further, and no more";
}

TEST_F(Noticed, MemoryThatIsOnItsWayBackIsWaitedFor) {
    const auto budget = invoke(abi::BudgetCreate{{}, pages(330)});
    const auto memory = invoke(abi::MemoryCreate{budget->handle, pages(300)});
    ASSERT_TRUE(memory && done(abi::HandleClose{memory->handle}));
    EXPECT_TRUE(done(abi::MemoryCreate{budget->handle, pages(300)}));
}

TEST_F(Noticed, CallsThatWereNotFastAreCounted) {
    const abi::Handle system = give_system(program_, abi::rights::system::list);
    const auto endpoint = invoke(abi::EndpointCreate{});
    const auto slow_calls = [&] {
        EXPECT_TRUE(done(abi::SystemInfo{system}));
        abi::SystemEntry entry;
        std::memcpy(&entry, program_.thread->buffer->results.data(), sizeof entry);
        return entry.slow_calls;
    };
    const u64 before = slow_calls();
    program_.thread->buffer->deadline = system_.machine().time.raw + 10;
    system_.send(abi::MessageCall::send, endpoint->handle, {}, 0, 0, true);
    system_.pass_time(system_.machine().time + milliseconds(1));
    ASSERT_EQ(system_.current(), program_.thread.get());
    EXPECT_EQ(slow_calls(), before + 1);
}

TEST_F(Noticed, MemoryComesBackWhileThereIsAlwaysSomethingToRun) {
    const auto memory = invoke(abi::MemoryCreate{{}, pages(600)});
    ASSERT_TRUE(memory);
    const u64 free = system_.free_frames().raw;
    ASSERT_TRUE(done(abi::HandleClose{memory->handle}));
    ASSERT_LT(system_.free_frames().raw, free + 600);
    for (int slices = 0; slices < 100 && !system_.core().slice_end.is_never(); ++slices)
        system_.pass_time(system_.core().slice_end);
    EXPECT_GE(system_.free_frames().raw, free + 600);
    EXPECT_EQ(system_.current(), program_.thread.get());
}

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
    void derive(u64 count) {
        for (u64 i = 0; i < count; ++i) {
            auto capability = program_.process->handles().copy(root_, abi::rights::all);
            ASSERT_TRUE(copier_.process->handles().insert(*std::move(capability)));
        }
    }
    /// The copier sends something; how many handles fewer it has then.
    u32 lost_by_sending() {
        const HandleTable& handles = copier_.process->handles();
        const u32 before = handles.handles_in_use();
        copier_.thread->buffer->handles[0] = gift_;
        EXPECT_TRUE(done(abi::QueueSend{queue_, 1, 1}));
        return before - handles.handles_in_use();
    }

    Simulation::Program& copier_ = start(10);
    abi::Handle root_, queue_, gift_;
};

TEST_F(NoticedRevoking, GoesOnWhileOthersSendWhatIsRevoked) {
    derive(100);
    system_.make(abi::HandleRevoke{root_});
    ASSERT_TRUE(program_.thread->revoking);
    system_.kernel().set_priority(*program_.thread, 5);
    system_.settle();
    ASSERT_EQ(system_.current(), copier_.thread.get());
    EXPECT_EQ(lost_by_sending(), 2u);
    while (lost_by_sending() > 0) {
    }
    ASSERT_FALSE(program_.thread->revoke_link.linked()); // nothing is left, but it does not know yet
    derive(100);
    system_.kernel().set_priority(*program_.thread, 20);
    system_.settle();
    ASSERT_TRUE(program_.thread->revoking);
    system_.kernel().set_priority(*program_.thread, 5);
    system_.settle();
    ASSERT_EQ(system_.current(), copier_.thread.get());
    EXPECT_EQ(lost_by_sending(), 2u);
    system_.kernel().set_priority(*program_.thread, 20);
    system_.settle();
    slices();
    EXPECT_FALSE(program_.thread->revoking);
}

} // namespace
} // namespace pith::kernel
