#include "kernel_debugging.h"

#include "kernel/object/endpoint.h"

/// Exceptions as messages, on the simulated machine.
namespace pith::kernel {
namespace {

using abi::FaultAction;
using abi::MessageCall;

class Faults : public Debugging {
  protected:
    /// The victim's registers are its own, and it faults.
    void fault_of_victim() {
        ASSERT_TRUE(victim_runs());
        registers() = {.r15 = 15,
                       .r14 = 14,
                       .rbp = 5,
                       .rbx = 3,
                       .r9 = 9,
                       .r8 = 8,
                       .rdi = 7,
                       .rdx = 2,
                       .rcx = 33,
                       .rax = 1,
                       .error = 6,
                       .rip = 0x40'1000,
                       .rflags = 0x202,
                       .rsp = 0x7000};
        system_.fault(14, 0xdead'0000);
    }
    void take_fault() {
        set_handler();
        receive();
        fault_of_victim();
        ASSERT_TRUE(handler_runs());
    }
};

TEST_F(Faults, WithoutAHandlerTheProcessEnds) {
    receive();
    fault_of_victim();
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, AreMessagesWithTheRegisters) {
    take_fault();
    EXPECT_EQ(message().status(), abi::Status::fault);
    EXPECT_EQ(message().badge, 7u);
    EXPECT_EQ(message().tag.extra_words(), 11u);
    const std::array<u64, 10> words{
        u64{6} << 32 | 14, 0xdead'0000, victim_.thread->id, 0x40'1000, 1, 7, 0, 2, 0, 8};
    EXPECT_EQ(message().words, words);
    const auto& rest = buffer().words;
    EXPECT_EQ(rest[10], 9u);
    EXPECT_EQ(rest[11], 0x7000u);
    EXPECT_EQ(rest[12], 0x202u);
    EXPECT_EQ(rest[13], 33u);
    EXPECT_EQ(rest[14], 3u);
    EXPECT_EQ(rest[15], 5u);
    EXPECT_EQ(rest[20], 15u);
    EXPECT_EQ(handler_.thread->priority, 20);
    EXPECT_TRUE(victim_.thread->context.vector_saved);
}

TEST_F(Faults, GoOnWithWhatTheyHad) {
    take_fault();
    const Registers before = registers();
    answer(FaultAction::resume);
    EXPECT_TRUE(victim_runs());
    EXPECT_EQ(std::memcmp(&before, &registers(), sizeof before), 0);
    EXPECT_EQ(victim_.thread->unusual, 0u);
    EXPECT_EQ(handler_.thread->state, ThreadState::receiving);
}

TEST_F(Faults, WhoAnswersThroughAnotherHandleWaitsThroughThatOne) {
    const abi::Handle derived = invoke(abi::HandleCopy{at_handler_, 0xffff, {}})->handle;
    take_fault();
    system_.send(MessageCall::reply_and_receive, derived, {std::to_underlying(FaultAction::resume)});
    ASSERT_TRUE(victim_runs());
    ASSERT_EQ(handler_.thread->state, ThreadState::receiving);
    auto other = Thread::create(system_.kernel().root_budget(), *handler_.process, VirtAddr{0x30000}, 30);
    ASSERT_TRUE(other);
    system_.kernel().start_thread(**other);
    system_.settle();
    ASSERT_EQ(system_.current(), other->get());
    EXPECT_TRUE(done(abi::HandleRevoke{at_handler_}));
    EXPECT_EQ(message().error(), Error::revoked);
}

TEST_F(Faults, LendTheirPriorityTheLongWayToo) {
    set_handler();
    receive();
    ASSERT_TRUE(victim_runs());
    system_.kernel().pin(*victim_.thread, &system_.core());
    system_.kernel().set_priority(*victim_.thread, 30);
    victim_.thread->base_priority = 30;
    fault_of_victim();
    ASSERT_TRUE(handler_runs());
    EXPECT_EQ(handler_.thread->priority, 30);
}

TEST_F(Faults, GoOnWithChangedRegisters) {
    take_fault();
    buffer().words[10] = 99;
    buffer().words[11] = 0x8000;
    buffer().words[12] = ~u64{0};
    answer(FaultAction::resume_changed, {0, 0, 0, 0x5000, 101, 102, 103, 104, 105, 106}, 3);
    ASSERT_TRUE(victim_runs());
    EXPECT_EQ(registers().rip, 0x5000u);
    EXPECT_EQ(registers().rax, 101u);
    EXPECT_EQ(registers().r8, 106u);
    EXPECT_EQ(registers().r9, 99u);
    EXPECT_EQ(registers().rsp, 0x8000u);
    EXPECT_EQ(registers().rflags, flags_of_programs | user_flags);
    EXPECT_EQ(registers().r15, 15u); // the answer had no word for it
}

TEST_F(Faults, AnAnswerThatCannotBeFollowedEndsTheProcess) {
    take_fault();
    answer(FaultAction::resume_changed, {0, 0, 0, 0xffff'8000'0000'0000});
    expect_end(14, 0xdead'0000);
    system_.settle();
}

class FaultAnswers : public Faults, public testing::WithParamInterface<u64> {};
INSTANTIATE_TEST_SUITE_P(ThatMeanNothing, FaultAnswers, testing::Values(0, 4, 17, ~u64{0}));

TEST_P(FaultAnswers, EndTheProcess) {
    take_fault();
    answer(FaultAction{GetParam()});
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, AnExceptionIsNoSystemCallToProceedWith) {
    take_fault();
    answer(FaultAction::proceed);
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, ADroppedAnswerEndsTheProcess) {
    take_fault();
    receive();
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, AHandlerThatEndsWithAFaultInHandEndsTheProcess) {
    take_fault();
    system_.kernel().end_process(*handler_.process, {});
    system_.settle();
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, WaitForAHandlersSuccessor) {
    set_handler();
    const auto successor = system_.start(20);
    const auto at_successor = give(successor, *endpoint_);
    system_.make(abi::Sleep{Instant{{100}}});
    ASSERT_EQ(system_.current(), successor.thread.get());
    system_.make(abi::Sleep{Instant{{50}}});
    fault_of_victim();
    EXPECT_EQ(victim_.thread->state, ThreadState::calling);
    system_.kernel().end_process(*handler_.process, {});
    system_.pass_time({{50}});
    ASSERT_EQ(system_.current(), successor.thread.get());
    system_.send(MessageCall::receive, at_successor);
    EXPECT_EQ(Simulation::message_of(*successor.thread).status(), abi::Status::fault);
    system_.send(MessageCall::reply_and_receive, at_successor, {1});
    EXPECT_TRUE(victim_runs());
    system_.kernel().end_process(*successor.process, {});
    system_.settle();
}

TEST_F(Faults, AnEndpointThatClosesEndsWhoWaitsThere) {
    set_handler();
    system_.make(abi::Sleep{Instant{{100}}});
    fault_of_victim();
    ASSERT_EQ(victim_.thread->state, ThreadState::calling);
    system_.pass_time({{100}});
    ASSERT_TRUE(handler_runs());
    ASSERT_TRUE(invoke(abi::HandleClose{at_handler_}));
    EXPECT_FALSE(victim_.process->ended); // in its turn
    system_.make(abi::Sleep{Instant{{200}}});
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, AnEndpointThatIsClosedIsNoHandler) {
    set_handler();
    ASSERT_TRUE(invoke(abi::HandleClose{at_handler_}));
    system_.make(abi::Sleep{Instant{{100}}});
    fault_of_victim();
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, CanBeAnsweredLater) {
    take_fault();
    const auto kept = invoke(abi::KeepReply{});
    ASSERT_TRUE(kept);
    receive();
    EXPECT_FALSE(victim_.process->ended);
    EXPECT_EQ(system_.current(), nullptr);
    system_.kernel().waits().cancel(*handler_.thread, Error::cancelled);
    system_.settle();
    system_.send(MessageCall::reply, kept->handle, {1});
    receive();
    EXPECT_TRUE(victim_runs());
}

TEST_F(Faults, AKeptAnswerThatIsClosedEndsTheProcess) {
    take_fault();
    const auto kept = invoke(abi::KeepReply{});
    ASSERT_TRUE(kept && invoke(abi::HandleClose{kept->handle}));
    receive();
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, CannotBeCancelledButKilled) {
    take_fault();
    EXPECT_EQ(error_of(abi::ThreadCancel{thread_}), Error::wrong_state);
    EXPECT_TRUE(invoke(abi::ThreadKill{thread_}));
    EXPECT_TRUE(victim_.process->ended);
    EXPECT_EQ(victim_.process->reason.kind, abi::ExitKind::exited); // with its last thread
    answer(FaultAction::resume);
    EXPECT_EQ(message().status(), abi::Status::gone);
}

TEST_F(Faults, AChainOfHandlersEndsWithoutAStackAsDeep) {
    // Each handles the faults of the one before it and has faulted with that in hand; the last has no
    // handler.
    constexpr u32 count = 60;
    std::array<Simulation::Program, count> chain;
    std::array<Ref<Endpoint>, count> endpoints;
    std::array<abi::Handle, count> at;
    system_.make(abi::Sleep{Instant{{100}}});
    system_.kernel().end_process(*victim_.process, {});
    for (u32 i = 0; i < count; ++i) {
        chain[i] = system_.start(10);
        endpoints[i] = *system_.kernel().root_budget().make<Endpoint>();
        at[i] = give(chain[i], *endpoints[i]);
        if (i > 0) chain[i - 1].process->fault_handler.set(endpoints[i], 0, {});
    }
    system_.settle();
    system_.make(abi::Sleep{Instant{{50}}}); // the first one
    for (u32 i = 1; i < count; ++i)
        system_.send(MessageCall::receive, at[i]);
    system_.pass_time({{50}});
    for (u32 i = 0; i < count; ++i) {
        ASSERT_EQ(system_.current(), chain[i].thread.get());
        EXPECT_FALSE(chain[0].process->ended);
        system_.fault(6, 0);
    }
    for (const auto& program : chain)
        EXPECT_TRUE(program.process->ended);
}

TEST_F(Faults, TheBadgeIsGoneWithTheProcess) {
    set_handler();
    receive();
    ASSERT_TRUE(victim_runs());
    system_.make(abi::ProcessExit{3});
    ASSERT_TRUE(handler_runs());
    EXPECT_EQ(message().status(), abi::Status::gone);
    EXPECT_EQ(message().badge, 7u);
}

TEST_F(Faults, ANewHandlerTakesTheOldOnesPlace) {
    set_handler();
    ASSERT_TRUE(invoke(abi::ProcessSetFaultHandler{process_, {}, 0}));
    receive(); // the old one's badge is gone
    EXPECT_EQ(message().status(), abi::Status::gone);
    receive();
    fault_of_victim();
    expect_end(14, 0xdead'0000);
}

TEST_F(Faults, SettingAHandlerNeedsTheRights) {
    const abi::Handle weak = give(handler_, *victim_.process, abi::Rights{0xffdf});
    const abi::Handle deaf = give(handler_, *endpoint_, abi::rights::endpoint::receive);
    EXPECT_EQ(error_of(abi::ProcessSetFaultHandler{weak, at_handler_, 0}), Error::denied);
    EXPECT_EQ(error_of(abi::ProcessSetFaultHandler{process_, deaf, 0}), Error::denied);
    EXPECT_EQ(error_of(abi::ProcessSetFaultHandler{{}, at_handler_, 0}), Error::bad_handle); // not one's own
    EXPECT_EQ(error_of(abi::ProcessSetFaultHandler{process_, process_, 0}), Error::wrong_kind);
    EXPECT_EQ(error_of(abi::ProcessSetFaultHandler{process_, at_handler_, 2}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::ProcessSetFaultHandler{process_, {}, 1}), Error::bad_argument);
    ASSERT_TRUE(invoke(abi::ProcessKill{process_}));
    EXPECT_EQ(error_of(abi::ProcessSetFaultHandler{process_, at_handler_, 0}), Error::wrong_state);
}

TEST_F(Faults, AHandlerRunsAtTheFaultingThreadsPriority) {
    set_handler();
    ASSERT_TRUE(invoke(abi::ThreadSetPriority{give(handler_, *handler_.thread), 5}));
    if (handler_runs()) receive();
    while (victim_runs() && handler_.thread->state != ThreadState::receiving)
        system_.make(abi::Sleep{system_.machine().time + Duration{10}});
    if (handler_runs()) receive();
    system_.pass_time(system_.machine().time + Duration{20});
    fault_of_victim();
    ASSERT_TRUE(handler_runs());
    EXPECT_EQ(handler_.thread->priority, 10);
    answer(FaultAction::resume);
    EXPECT_EQ(handler_.thread->priority, 5);
    EXPECT_TRUE(victim_runs());
}

} // namespace
} // namespace pith::kernel
