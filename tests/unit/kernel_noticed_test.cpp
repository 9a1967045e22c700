#include "kernel/object/endpoint.h"
#include "kernel_programs.h"

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
    EXPECT_EQ(entry_of(program_).cores, 1u); // there is one
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

} // namespace
} // namespace pith::kernel
