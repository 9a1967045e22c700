#include "kernel_debugging.h"

#include "kernel/object/endpoint.h"

/// Processes whose `syscall` is somebody else's to answer.
namespace pith::kernel {
namespace {

using abi::FaultAction;
using abi::MessageCall;

class Foreign : public Debugging {
  protected:
    void take_system_call() {
        set_handler(abi::ProcessSetFaultHandler::foreign);
        receive();
        ASSERT_TRUE(victim_runs());
        registers().rip = 0x40'0002;
        registers().rflags = 0x246;
        registers().rbx = 33;
        system_.make_raw(60, {1, 2, 3, 4, 5, 6});
        ASSERT_TRUE(handler_runs());
    }
};

TEST_F(Foreign, SystemCallsAreMessages) {
    take_system_call();
    EXPECT_EQ(message().status(), abi::Status::fault);
    EXPECT_EQ(message().badge, 7u);
    const std::array<u64, 10> words{
        abi::fault::system_call, 0x40'0002, victim_.thread->id, 0x40'0002, 60, 1, 2, 3, 4, 5};
    EXPECT_EQ(message().words, words);
    EXPECT_EQ(buffer().words[10], 6u);
    EXPECT_EQ(buffer().words[13], 0x40'0002u); // rcx, as the instruction leaves it
    EXPECT_EQ(buffer().words[14], 33u);
    EXPECT_EQ(buffer().words[16], 0x246u); // r11
    EXPECT_TRUE(victim_.thread->context.vector_saved);
}

TEST_F(Foreign, TheAnswerIsTheResult) {
    take_system_call();
    answer(FaultAction::resume_changed, {0, 0, 0, 0x40'0002, 99, 1, 2, 3, 4, 5});
    ASSERT_TRUE(victim_runs());
    EXPECT_EQ(registers().rax, 99u);
    EXPECT_EQ(registers().rip, 0x40'0002u);
    EXPECT_EQ(registers().rbx, 33u);
    EXPECT_EQ(victim_.thread->unusual, unusual::foreign);
}

TEST_F(Foreign, MessagingCallsAreForeignToo) {
    set_handler(abi::ProcessSetFaultHandler::foreign);
    const abi::Handle there = give(victim_, *endpoint_);
    receive();
    for (const auto call : {MessageCall::call, MessageCall::reply_and_receive, MessageCall::send}) {
        ASSERT_TRUE(victim_runs());
        system_.send(call, there, {1, 2, 3});
        ASSERT_TRUE(handler_runs());
        EXPECT_EQ(message().status(), abi::Status::fault);
        EXPECT_EQ(message().words[4], std::to_underlying(call));
        answer(FaultAction::resume);
    }
}

TEST_F(Foreign, ProceedsNatively) {
    take_system_call();
    answer(FaultAction::resume);
    system_.make(abi::ClockRead{});
    ASSERT_TRUE(handler_runs());
    system_.machine().time = {{1234}};
    answer(FaultAction::proceed);
    ASSERT_TRUE(victim_runs());
    EXPECT_EQ(registers().rax, 0u);
    EXPECT_EQ(registers().rdx, 1234u);
    EXPECT_EQ(victim_.thread->unusual, unusual::foreign);
}

TEST_F(Foreign, ProceedsWithCallsThatWaitWorkAndEnd) {
    const auto bell = *system_.kernel().root_budget().make<Notification>();
    const auto there = give(victim_, *bell);
    take_system_call();
    answer(FaultAction::resume);
    system_.make(abi::MemoryCreate{{}, pages(100)}); // in slices
    answer(FaultAction::proceed);
    ASSERT_TRUE(victim_runs());
    EXPECT_EQ(registers().rax, 0u);
    system_.make(abi::Yield{});
    answer(FaultAction::proceed);
    ASSERT_TRUE(victim_runs());
    EXPECT_EQ(registers().rax, 0u);
    system_.make(abi::NotificationWait{there, Instant{{500}}});
    answer(FaultAction::proceed);
    EXPECT_EQ(victim_.thread->state, ThreadState::waiting);
    system_.pass_time({{500}});
    ASSERT_TRUE(victim_runs());
    EXPECT_EQ(registers().rax, std::to_underlying(Error::timed_out));
    system_.make_raw(999, {});
    answer(FaultAction::proceed);
    EXPECT_EQ(registers().rax, std::to_underlying(Error::unknown_call));
    system_.make(abi::ProcessExit{3});
    answer(FaultAction::proceed);
    EXPECT_TRUE(victim_.process->ended);
    EXPECT_EQ(victim_.process->reason.detail, 3u);
}

TEST_F(Foreign, FaultsAreMessagesAsWell) {
    take_system_call();
    answer(FaultAction::resume);
    system_.fault(6, 0);
    EXPECT_EQ(message().words[0], 6u);
    answer(FaultAction::end);
    EXPECT_TRUE(victim_.process->ended);
    EXPECT_EQ(victim_.process->reason.detail, 6u);
}

TEST_F(Foreign, WithoutAHandlerASystemCallEndsTheProcess) {
    set_handler(abi::ProcessSetFaultHandler::foreign);
    ASSERT_TRUE(invoke(abi::HandleClose{at_handler_}));
    system_.make(abi::Sleep{Instant{{100}}});
    ASSERT_TRUE(victim_runs());
    registers().rip = 0x40'0002;
    system_.make(abi::Yield{});
    expect_end(abi::fault::system_call, 0x40'0002);
}

TEST_F(Foreign, ThreadsThatStartLaterAreForeign) {
    set_handler(abi::ProcessSetFaultHandler::foreign);
    const auto thread = invoke(abi::ThreadCreate{process_, VirtAddr{0x3'0000}, 15, {}});
    ASSERT_TRUE(thread);
    ASSERT_TRUE(invoke(abi::ThreadStart{thread->handle, VirtAddr{0x40'0000}, VirtAddr{0x50'0000}, 0}));
    receive();
    ASSERT_EQ(&system_.current()->process(), victim_.process.get());
    EXPECT_NE(system_.current(), victim_.thread.get());
    system_.make(abi::ThreadExit{});
    ASSERT_TRUE(handler_runs());
    EXPECT_EQ(message().words[2], system_.kernel().next_thread_id() - 1);
}

TEST_F(Foreign, CanBecomeNativeAgain) {
    take_system_call();
    ASSERT_TRUE(invoke(abi::ProcessSetFaultHandler{process_, {}, 0}));
    answer(FaultAction::resume);
    while (handler_runs()) // the badge is gone
        receive();
    ASSERT_TRUE(victim_runs());
    system_.make(abi::ClockRead{});
    EXPECT_EQ(registers().rax, 0u);
}

} // namespace
} // namespace pith::kernel
