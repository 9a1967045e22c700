#include "kernel_debugging.h"

#include "kernel/object/endpoint.h"

/// What the holder of the debug right can see and change, and what not.
namespace pith::kernel {
namespace {

class DebugRight : public Debugging {
  protected:
    /// The handler sleeps until the victim has run for a moment; then it runs again.
    void let_victim_run() {
        system_.make(abi::Sleep{system_.machine().time + Duration{100}});
        system_.pass_time(system_.machine().time + Duration{100});
        ASSERT_TRUE(handler_runs());
    }
    /// Memory of the victim at `at`, as it was mapped by a handle with `allowed`.
    Ref<Memory> map(VirtAddr at, u64 count, abi::Rights allowed, abi::Rights access) {
        Ref<Memory> memory = *system_.kernel().root_budget().make<Memory>(pages(count));
        EXPECT_TRUE(memory->fill());
        EXPECT_TRUE(victim_.process->space().map(*memory, {at, pages(count)}, {allowed, access}));
        return memory;
    }
};

TEST_F(DebugRight, FindsThreads) {
    const auto first = invoke(abi::ProcessThread{process_, 0});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->id, victim_.thread->id);
    EXPECT_EQ(invoke(abi::ProcessThread{process_, first->id})->id, first->id);
    EXPECT_TRUE(invoke(abi::ThreadStop{first->handle}));
    EXPECT_EQ(error_of(abi::ThreadSetPriority{first->handle, 3}), Error::denied);
    EXPECT_EQ(error_of(abi::ProcessThread{process_, first->id + 1}), Error::not_found);
    EXPECT_EQ(error_of(abi::ProcessThread{give(handler_, *victim_.process, abi::rights::process::run), 0}),
              Error::denied);
}

TEST_F(DebugRight, StopsAReadyThread) {
    let_victim_run();
    ASSERT_EQ(victim_.thread->state, ThreadState::ready);
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    EXPECT_EQ(victim_.thread->state, ThreadState::stopped);
    EXPECT_EQ(error_of(abi::ThreadStop{thread_}), Error::wrong_state);
    EXPECT_EQ(error_of(abi::ThreadCancel{thread_}), Error::wrong_state);
    EXPECT_TRUE(invoke(abi::ThreadSetPriority{thread_, 4}));
    receive();
    EXPECT_EQ(system_.current(), nullptr);
    system_.kernel().waits().cancel(*handler_.thread, Error::cancelled);
    system_.settle();
    ASSERT_TRUE(invoke(abi::ThreadResume{thread_}));
    EXPECT_EQ(error_of(abi::ThreadResume{thread_}), Error::wrong_state);
    receive();
    EXPECT_TRUE(victim_runs());
}

TEST_F(DebugRight, AStoppedThreadsWaitGoesOn) {
    const auto bell = *system_.kernel().root_budget().make<Notification>();
    const auto here = give(handler_, *bell), there = give(victim_, *bell);
    system_.make(abi::Sleep{Instant{{10}}});
    system_.make(abi::NotificationWait{there, Instant::never()});
    system_.pass_time({{10}});
    ASSERT_TRUE(handler_runs());
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    EXPECT_EQ(victim_.thread->state, ThreadState::waiting);
    EXPECT_TRUE(invoke(abi::ThreadReadRegisters{thread_}));
    EXPECT_EQ(write_registers({}).error(), Error::wrong_state); // the answer will come there
    ASSERT_TRUE(invoke(abi::NotificationSignal{here, 4}));
    EXPECT_EQ(victim_.thread->state, ThreadState::stopped);
    EXPECT_EQ(read_registers().rdx, 4u);
    ASSERT_TRUE(invoke(abi::ThreadResume{thread_}));
    EXPECT_EQ(victim_.thread->state, ThreadState::ready);
}

TEST_F(DebugRight, AStoppedThreadDies) {
    let_victim_run();
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    ASSERT_TRUE(invoke(abi::ThreadKill{thread_}));
    EXPECT_TRUE(victim_.process->ended);
    EXPECT_EQ(error_of(abi::ThreadResume{thread_}), Error::wrong_state);
    EXPECT_EQ(error_of(abi::ThreadReadRegisters{thread_}), Error::wrong_state);
    EXPECT_EQ(write_registers({}).error(), Error::wrong_state);
}

TEST_F(DebugRight, ReadsAndWritesRegisters) {
    let_victim_run();
    EXPECT_EQ(error_of(abi::ThreadReadRegisters{thread_}), Error::wrong_state);
    EXPECT_EQ(write_registers({}).error(), Error::wrong_state);
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    abi::ThreadRegisters image;
    auto& words = reinterpret_cast<std::array<u64, 20>&>(image);
    for (u64 i = 0; i < words.size(); ++i)
        words[i] = 0x1000 + i;
    image.rflags = 0x302;
    ASSERT_TRUE(write_registers(image));
    const auto read = read_registers();
    EXPECT_EQ(std::memcmp(&read, &image, sizeof image), 0);
    EXPECT_TRUE(victim_.thread->context.interrupted);
    EXPECT_EQ(registers().r11, image.r11);
    EXPECT_EQ(victim_.thread->context.gs_base, image.gs_base);
    ASSERT_TRUE(invoke(abi::ThreadResume{thread_}));
    receive();
    EXPECT_TRUE(victim_runs());
}

TEST_F(DebugRight, WritesNothingThatWouldBeMoreThanAPrograms) {
    let_victim_run();
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    const Registers before = registers();
    for (const u64 bad : {abi::user_end.raw, u64{1} << 47, ~u64{0}, u64{0xffff'8000'0000'0000}}) {
        EXPECT_EQ(write_registers({.rip = bad}).error(), Error::bad_address);
        EXPECT_EQ(write_registers({.fs_base = {bad}}).error(), Error::bad_address);
        EXPECT_EQ(write_registers({.gs_base = {bad}}).error(), Error::bad_address);
    }
    EXPECT_EQ(std::memcmp(&before, &registers(), sizeof before), 0);
    ASSERT_TRUE(write_registers({.rsp = ~u64{0}, .rflags = ~u64{0}})); // any program can have such a stack
    EXPECT_EQ(registers().rflags, flags_of_programs | user_flags);
    EXPECT_EQ(registers().rflags & 0x3000, 0u);  // IOPL
    EXPECT_EQ(registers().rflags & 0x4000, 0u);  // NT
    EXPECT_EQ(registers().rflags & 0x20000, 0u); // VM
    ASSERT_TRUE(write_registers({.rflags = 0}));
    EXPECT_EQ(registers().rflags, 0x202u); // interrupts stay on
}

TEST_F(DebugRight, NeedsTheRight) {
    const abi::Handle weak = give(handler_, *victim_.thread, abi::Rights{0xfff7});
    let_victim_run();
    EXPECT_EQ(error_of(abi::ThreadStop{weak}), Error::denied);
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    EXPECT_EQ(error_of(abi::ThreadResume{weak}), Error::denied);
    EXPECT_EQ(error_of(abi::ThreadReadRegisters{weak}), Error::denied);
    EXPECT_EQ(error_of(abi::ThreadWriteRegisters{weak}), Error::denied);
    EXPECT_EQ(error_of(abi::ThreadStop{give(handler_, *handler_.thread)}), Error::wrong_state); // itself
    const abi::Handle weaker = give(handler_, *victim_.process, abi::Rights{0xffdf});
    EXPECT_EQ(error_of(abi::ProcessReadMemory{weaker, VirtAddr{0x1'0000}, 8}), Error::denied);
    EXPECT_EQ(error_of(abi::ProcessWriteMemory{weaker, VirtAddr{0x1'0000}, 8}), Error::denied);
}

TEST_F(DebugRight, ReadsAndWritesMemory) {
    constexpr VirtAddr at{0x40'0000};
    const auto memory = map(at, 2, abi::rights::all, abi::rights::memory::read);
    std::byte* bytes = system_.machine().frame(memory->frame(0));
    bytes[0xfff] = std::byte{1};
    system_.machine().frame(memory->frame(1))[0] = std::byte{2};
    const auto read = invoke(abi::ProcessReadMemory{process_, at + 0xfff, 2}); // across the pages
    ASSERT_TRUE(read);
    EXPECT_EQ(read->length, 2u);
    EXPECT_EQ(buffer().words[0] & 0xffff, 0x0201u);
    buffer().words[0] = 0x0403;
    ASSERT_TRUE(invoke(abi::ProcessWriteMemory{process_, at + 0xfff, 2}));
    EXPECT_EQ(bytes[0xfff], std::byte{3});
    EXPECT_EQ(system_.machine().frame(memory->frame(1))[0], std::byte{4});
    EXPECT_EQ(invoke(abi::ProcessReadMemory{process_, at + 0x1ff0, 512})->length, 16u); // to the end
    for (const u64 length : {u64{0}, u64{513}, ~u64{0}})
        EXPECT_EQ(error_of(abi::ProcessReadMemory{process_, at, length}), Error::bad_argument);
    for (const u64 bad : {u64{0}, u64{0x40'2000}, abi::user_end.raw, u64{1} << 47, u64{0xffff'8000'0000'0000},
                          ~u64{0} - 7, ~u64{0}})
        EXPECT_EQ(error_of(abi::ProcessReadMemory{process_, VirtAddr{bad}, 8}), Error::bad_address);
}

TEST_F(DebugRight, WritesOnlyWhatTheProcessMayBeLetWrite) {
    constexpr VirtAddr code{0x40'0000}, shared{0x50'0000}, device{0x60'0000};
    const auto program =
        map(code, 1, abi::rights::all, abi::rights::memory::read | abi::rights::memory::execute);
    const auto library = map(shared, 1, abi::rights::memory::read, abi::rights::memory::read);
    Ref<Memory> registers =
        *system_.kernel().root_budget().make<Memory>(PhysAddr{0xfed0'0000}, pages(1), Memory::Range::device);
    ASSERT_TRUE(victim_.process->space().map(*registers, {device, pages(1)},
                                             {abi::rights::all, abi::rights::memory::read}));
    EXPECT_TRUE(invoke(abi::ProcessWriteMemory{process_, code, 1}));
    EXPECT_EQ(victim_.process->space().query(code)->protection, Protection::read_execute);
    EXPECT_EQ(error_of(abi::ProcessWriteMemory{process_, shared, 1}), Error::bad_address);
    EXPECT_TRUE(invoke(abi::ProcessReadMemory{process_, shared, 1}));
    EXPECT_EQ(error_of(abi::ProcessWriteMemory{process_, device, 1}), Error::bad_address);
    EXPECT_EQ(error_of(abi::ProcessReadMemory{process_, device, 1}), Error::bad_address);
    program->sealed = true;
    EXPECT_EQ(error_of(abi::ProcessWriteMemory{process_, code, 1}), Error::bad_address);
    EXPECT_TRUE(invoke(abi::ProcessReadMemory{process_, code, 1}));
}

TEST_F(DebugRight, ChangesAFaultedThread) {
    set_handler();
    receive();
    system_.fault(3, 0);
    ASSERT_TRUE(handler_runs());
    auto image = read_registers();
    image.rip = 0x40'0001;
    image.r15 = 77;
    ASSERT_TRUE(write_registers(image));
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    answer(abi::FaultAction::resume);
    EXPECT_EQ(victim_.thread->state, ThreadState::stopped); // answered, but stopped
    system_.kernel().waits().cancel(*handler_.thread, Error::cancelled);
    system_.settle();
    ASSERT_TRUE(invoke(abi::ThreadResume{thread_}));
    receive();
    ASSERT_TRUE(victim_runs());
    EXPECT_EQ(registers().rip, 0x40'0001u);
    EXPECT_EQ(registers().r15, 77u);
}

TEST_F(DebugRight, CannotKeepADoomedProcessByStoppingIt) {
    set_handler();
    receive();
    system_.fault(14, 0xdead'0000);
    ASSERT_TRUE(handler_runs());
    ASSERT_TRUE(invoke(abi::ThreadStop{thread_}));
    answer(abi::FaultAction::end);
    EXPECT_EQ(victim_.thread->state, ThreadState::stopped);
    system_.kernel().waits().cancel(*handler_.thread, Error::cancelled);
    system_.settle();
    EXPECT_EQ(write_registers({}).error(), Error::wrong_state);
    ASSERT_TRUE(invoke(abi::ThreadResume{thread_}));
    receive();
    expect_end(14, 0xdead'0000);
}

} // namespace
} // namespace pith::kernel
