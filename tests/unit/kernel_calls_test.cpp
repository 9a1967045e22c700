#include "kernel_programs.h"

#include "kernel/object/endpoint.h"

#include <gtest/gtest.h>

/// The ordinary system calls, on the simulated machine.
namespace pith::kernel {
namespace {

constexpr u64 read_write = 3;
constexpr u64 read_only = 1;
constexpr u64 read_execute = 5;

class Calls : public Programs {
  protected:
    void SetUp() override { system_.settle(); }

    abi::Handle system_handle(abi::Rights rights) { return give_system(program_, rights); }

    Simulation::Program& program_ = start();
};

TEST_F(Calls, UnknownNumbersAreRefused) {
    Registers& registers = program_.thread->context.registers;
    for (const u64 number :
         {u64{5}, u64{15}, u64{1000}, u64{1} << 32 | abi::number_of<abi::Yield>, ~u64{0}}) {
        registers.rax = number;
        static_cast<void>(kernel_system_call(system_.core()));
        EXPECT_EQ(registers.rax, std::to_underlying(Error::unknown_call)) << number;
    }
}

TEST_F(Calls, HandlesLoseRightsAndNeverGainThem) {
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(bell);
    const auto copy = invoke(abi::HandleCopy{bell->handle, abi::rights::notification::wait.raw, {}});
    ASSERT_TRUE(copy);
    EXPECT_EQ(error_of(abi::NotificationSignal{copy->handle, 1}), Error::denied);
    EXPECT_EQ(error_of(abi::HandleCopy{copy->handle, 0xffff, {}}), Error::denied); // lost `copy` as well
    EXPECT_EQ(error_of(abi::HandleCopy{bell->handle, 0x10000, {}}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::EndpointCreate{bell->handle}), Error::wrong_kind);
    ASSERT_TRUE(invoke(abi::HandleClose{bell->handle}));
    EXPECT_EQ(error_of(abi::HandleClose{bell->handle}), Error::bad_handle);
    EXPECT_EQ(error_of(abi::NotificationSignal{bell->handle, 1}), Error::bad_handle);
    const auto again = invoke(abi::NotificationCreate{}); // the same slot, another generation
    ASSERT_TRUE(again);
    EXPECT_EQ(again->handle.index(), bell->handle.index());
    EXPECT_NE(again->handle.generation(), bell->handle.generation());
}

TEST_F(Calls, NotificationsKeepBitsUntilTheyAreTaken) {
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(bell);
    EXPECT_EQ(error_of(abi::NotificationWait{bell->handle, {}}), Error::would_wait);
    ASSERT_TRUE(invoke(abi::NotificationSignal{bell->handle, 1}));
    ASSERT_TRUE(invoke(abi::NotificationSignal{bell->handle, 4}));
    const auto bits = invoke(abi::NotificationWait{bell->handle, Instant::never()});
    ASSERT_TRUE(bits);
    EXPECT_EQ(bits->bits, 5u);
    system_.make(abi::NotificationWait{bell->handle, Instant{{50}}});
    EXPECT_EQ(program_.thread->state, ThreadState::waiting);
    system_.pass_time({{50}});
    EXPECT_EQ(program_.thread->context.registers.rax, std::to_underlying(Error::timed_out));
}

TEST_F(Calls, MemoryIsMappedProtectedAndUnmapped) {
    const auto memory = invoke(abi::MemoryCreate{{}, pages(100)}); // more than one slice
    ASSERT_TRUE(memory);
    EXPECT_EQ(invoke(abi::MemoryInfo{memory->handle})->size, pages(100));
    const VirtAddr at{0x40'0000};
    const auto map = [&](VirtAddr where, u64 offset, u64 count, u64 access) {
        return abi::MemoryMap{{}, memory->handle, where, pages(offset), pages(count), access};
    };
    ASSERT_TRUE(invoke(map(at, 0, 100, read_write)));
    EXPECT_EQ(error_of(map(at + pages(50), 0, 1, read_only)), Error::bad_address); // taken
    EXPECT_EQ(error_of(map({0x80'0000}, 1, 100, read_only)), Error::bad_argument); // beyond the object
    EXPECT_EQ(error_of(map({0x80'0000}, 0, 1, 7)), Error::bad_argument);           // write and execute
    EXPECT_EQ(error_of(map({0x80'0001}, 0, 1, read_only)), Error::bad_address);    // unaligned
    EXPECT_EQ(error_of(map({0}, 0, 1, read_only)), Error::bad_address);            // page 0
    EXPECT_EQ(error_of(map(abi::user_end, 0, 1, read_only)), Error::bad_address);  // below the hole
    EXPECT_EQ(error_of(map({0xffff'8000'0000'0000}, 0, 1, read_only)), Error::bad_address);
    EXPECT_EQ(error_of(map({abi::user_end.raw - page_size}, 0, 2, read_only)), Error::bad_address);
    EXPECT_EQ(error_of(map({0x80'0000}, ~u64{0}, 2, read_only)), Error::bad_argument); // wraps

    AddressSpace& space = program_.process->space();
    EXPECT_EQ(space.query(at + pages(10))->protection, Protection::read_write);
    ASSERT_TRUE(invoke(abi::MemoryProtect{{}, at + pages(10), pages(5), read_execute}));
    EXPECT_EQ(space.query(at + pages(9))->protection, Protection::read_write);
    EXPECT_EQ(space.query(at + pages(10))->protection, Protection::read_execute);
    EXPECT_EQ(space.query(at + pages(15))->protection, Protection::read_write);
    EXPECT_EQ(error_of(abi::MemoryProtect{{}, at + pages(90), pages(20), read_only}), Error::bad_address);

    ASSERT_TRUE(invoke(abi::MemoryUnmap{{}, at + pages(20), pages(10)}));
    EXPECT_TRUE(space.query(at + pages(19)));
    EXPECT_FALSE(space.query(at + pages(20)));
    EXPECT_FALSE(space.query(at + pages(29)));
    EXPECT_TRUE(space.query(at + pages(30)));
    ASSERT_TRUE(invoke(map(at + pages(20), 0, 10, read_only)));
    ASSERT_TRUE(invoke(abi::MemoryUnmap{{}, at, pages(100)}));
    for (u64 page = 0; page < 100; ++page)
        EXPECT_FALSE(space.query(at + pages(page)));
}

TEST_F(Calls, AMappingOutlivesItsHandleAndNeedsItsRights) {
    const auto memory = invoke(abi::MemoryCreate{{}, pages(1)});
    const auto reader = invoke(abi::HandleCopy{memory->handle, abi::rights::memory::read.raw, {}});
    ASSERT_TRUE(reader);
    EXPECT_EQ(error_of(abi::MemoryMap{{}, reader->handle, {0x40'0000}, {}, pages(1), read_write}),
              Error::denied);
    ASSERT_TRUE(invoke(abi::MemoryMap{{}, reader->handle, {0x40'0000}, {}, pages(1), read_only}));
    EXPECT_EQ(error_of(abi::MemoryProtect{{}, {0x40'0000}, pages(1), read_write}), Error::denied);
    ASSERT_TRUE(invoke(abi::HandleClose{memory->handle}));
    ASSERT_TRUE(invoke(abi::HandleClose{reader->handle}));
    EXPECT_TRUE(program_.process->space().query({0x40'0000}));
}

TEST_F(Calls, ThreadsRunAndTheirEndIsObserved) {
    const auto thread = invoke(abi::ThreadCreate{{}, {0x50'0000}, 20, {}});
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(thread && bell);
    EXPECT_EQ(error_of(abi::ThreadCreate{{}, {0x60'0000}, 21, {}}), Error::bad_argument); // above its creator
    EXPECT_EQ(error_of(abi::ThreadStart{thread->handle, abi::user_end, {0x1000}, 0}), Error::bad_address);
    ASSERT_TRUE(invoke(abi::ThreadObserve{thread->handle, bell->handle, 2}));
    ASSERT_TRUE(invoke(abi::ThreadStart{thread->handle, {0x40'0000}, {0x7000}, 99}));
    EXPECT_EQ(error_of(abi::ThreadStart{thread->handle, {0x40'0000}, {0x7000}, 99}), Error::wrong_state);
    system_.make(abi::NotificationWait{bell->handle, Instant::never()});
    ASSERT_NE(system_.current(), program_.thread.get());
    EXPECT_EQ(system_.current()->context.registers.rdi, 99u);
    EXPECT_EQ(system_.current()->context.registers.rip, 0x40'0000u);
    system_.make(abi::ThreadExit{});
    ASSERT_EQ(system_.current(), program_.thread.get());
    EXPECT_EQ(program_.thread->context.registers.rdx, 2u);
    EXPECT_FALSE(program_.process->space().query({0x50'0000})); // its message buffer went with it
}

TEST(CallsOfALargeMachine, AProcessHasSoManyThreadsAndNoMore) {
    Simulation system{pages(8192)};
    const auto maker = system.start();
    system.settle();
    const auto process = system.invoke(abi::ProcessCreate{});
    ASSERT_TRUE(process);
    const auto create = [&](u64 number) {
        return system.invoke(abi::ThreadCreate{process->handle, VirtAddr{0x10'0000} + pages(number), 1, {}});
    };
    abi::Handle last{};
    for (u64 i = 0; i < Process::max_threads; ++i) {
        const auto thread = create(i);
        ASSERT_TRUE(thread);
        if (i % 2 == 0)
            last = thread->handle;
        else
            ASSERT_TRUE(
                system.invoke(abi::ThreadStart{thread->handle, VirtAddr{0x1000}, VirtAddr{0x1000}, 0}));
    }
    EXPECT_EQ(create(Process::max_threads).error(), Error::no_memory);
    ASSERT_TRUE(system.invoke(abi::ThreadKill{last})); // one that has ended does not count, while it is held
    const auto again = create(Process::max_threads);
    ASSERT_TRUE(again);
    EXPECT_EQ(create(Process::max_threads + 1).error(), Error::no_memory);
    ASSERT_TRUE(system.invoke(abi::HandleClose{again->handle})); // nor one that never ran and is gone
    EXPECT_TRUE(create(Process::max_threads));
    system.kernel().end_process(*maker.process, {});
}

TEST_F(Calls, AParentLearnsHowItsChildEnded) {
    const auto child = invoke(abi::ProcessCreate{{}, 0x64'6c69'6863, 0});
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(child && bell);
    const auto thread = invoke(abi::ThreadCreate{child->handle, {0x50'0000}, 20, {}});
    ASSERT_TRUE(thread);
    ASSERT_TRUE(invoke(abi::ProcessObserve{child->handle, bell->handle, 1}));
    EXPECT_EQ(error_of(abi::ProcessStatus{child->handle}), Error::wrong_state);
    ASSERT_TRUE(invoke(abi::ThreadStart{thread->handle, {0x40'0000}, {0x7000}, 0}));
    system_.make(abi::NotificationWait{bell->handle, Instant::never()});
    Registers& registers = system_.current()->context.registers;
    registers.vector = 14; // it touches what is not there
    system_.current()->context.interrupted = true;
    static_cast<void>(kernel_exception(system_.core(), 0x1234));
    ASSERT_EQ(system_.current(), program_.thread.get());
    const auto status = invoke(abi::ProcessStatus{child->handle});
    ASSERT_TRUE(status);
    EXPECT_EQ(status->kind, std::to_underlying(abi::ExitKind::faulted));
    EXPECT_EQ(status->detail, 14u);
    EXPECT_EQ(status->address, 0x1234u);
}

TEST_F(Calls, EqualThreadsTakeTurnsAndHigherOnesGoFirst) {
    const auto other = system_.start(20);
    system_.make(abi::Yield{});
    ASSERT_EQ(system_.current(), other.thread.get());
    const Instant slice_end = system_.machine().armed;
    ASSERT_FALSE(slice_end.is_never());
    system_.pass_time(slice_end);
    EXPECT_EQ(system_.current(), program_.thread.get());

    const auto urgent = system_.start(21);
    system_.settle();
    EXPECT_EQ(system_.current(), urgent.thread.get());
    system_.make(abi::Yield{}); // no equal to yield to
    EXPECT_EQ(system_.current(), urgent.thread.get());
    system_.kernel().end_process(*other.process, {});
    system_.kernel().end_process(*urgent.process, {});
}

TEST_F(Calls, InterruptsAreMaskedUntilAcknowledged) {
    const abi::Handle system = system_handle(abi::rights::system::devices);
    const abi::Handle weak = system_handle(abi::rights::system::list);
    EXPECT_EQ(error_of(abi::InterruptCreate{weak, {}, 4}), Error::denied);
    EXPECT_EQ(error_of(abi::InterruptCreate{system, {}, 64}), Error::bad_argument);
    const auto line = invoke(abi::InterruptCreate{system, {}, 4});
    const auto bell = invoke(abi::NotificationCreate{});
    ASSERT_TRUE(line && bell);
    EXPECT_EQ(error_of(abi::InterruptCreate{system, {}, 4}), Error::exists);
    EXPECT_FALSE(system_.machine().unmasked[4]);
    ASSERT_TRUE(invoke(abi::InterruptBind{line->handle, bell->handle, 8}));
    EXPECT_TRUE(system_.machine().unmasked[4]);
    system_.interrupt(4);
    EXPECT_FALSE(system_.machine().unmasked[4]);
    EXPECT_EQ(invoke(abi::NotificationWait{bell->handle, {}})->bits, 8u);
    ASSERT_TRUE(invoke(abi::InterruptAcknowledge{line->handle}));
    EXPECT_TRUE(system_.machine().unmasked[4]);
    ASSERT_TRUE(invoke(abi::HandleClose{line->handle}));
    EXPECT_FALSE(system_.machine().unmasked[4]); // nobody is left to acknowledge it
    EXPECT_TRUE(invoke(abi::InterruptCreate{system, {}, 4}));
}

TEST_F(Calls, PortsAndDevicesAreRefusedWhereTheKernelNeedsThem) {
    const abi::Handle system = system_handle(abi::rights::system::devices);
    EXPECT_EQ(error_of(abi::IoPortsCreate{system, {}, 0x20, 2}), Error::denied);
    EXPECT_EQ(error_of(abi::IoPortsCreate{system, {}, 0xffff, 2}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::IoPortsCreate{system, {}, 0x3f8, 0}), Error::bad_argument);
    const auto ports = invoke(abi::IoPortsCreate{system, {}, 0x3f8, 8});
    ASSERT_TRUE(ports);
    EXPECT_FALSE(system_.touch_port(0x3f8));
    ASSERT_TRUE(invoke(abi::IoPortsEnable{ports->handle}));
    EXPECT_TRUE(system_.touch_port(0x3f8));
    EXPECT_FALSE(system_.touch_port(0x400));
    EXPECT_TRUE(system_.machine().console_released);
    EXPECT_EQ(error_of(abi::MemoryPhysical{system, {}, {0x1000}, pages(1)}), Error::denied); // RAM
    EXPECT_TRUE(invoke(abi::MemoryPhysical{system, {}, {0xfed0'0000}, pages(1)}));
    EXPECT_EQ(error_of(abi::MemoryPhysical{system, {}, {0xfed0'0001}, pages(1)}), Error::bad_argument);
    EXPECT_EQ(error_of(abi::MemoryPhysical{system, {}, {u64{1} << 52}, pages(1)}), Error::bad_argument);

    // Whoever gets a part of the screen draws on it from then on, and the kernel no more.
    EXPECT_FALSE(system_.machine().screen_released);
    const abi::ScreenEntry screen = system_.machine().screen();
    EXPECT_TRUE(invoke(
        abi::MemoryPhysical{system, {}, screen.address + PageCount::holding(screen.size()), pages(1)}));
    EXPECT_FALSE(system_.machine().screen_released);
    EXPECT_TRUE(
        invoke(abi::MemoryPhysical{system, {}, screen.address + (screen.size() - page_size), pages(1)}));
    EXPECT_TRUE(system_.machine().screen_released);
}

TEST_F(Calls, ChildBudgetsNeverExceedTheirParents) {
    const auto child = invoke(abi::BudgetCreate{{}, pages(10)});
    ASSERT_TRUE(child);
    EXPECT_EQ(error_of(abi::BudgetCreate{child->handle, pages(11)}), Error::no_memory);
    EXPECT_EQ(error_of(abi::BudgetCreate{{}, pages(~u64{0})}), Error::no_memory);
    EXPECT_EQ(error_of(abi::MemoryCreate{child->handle, pages(11)}), Error::no_memory);
    const auto memory = invoke(abi::MemoryCreate{child->handle, pages(5)});
    ASSERT_TRUE(memory);
    const auto info = invoke(abi::BudgetInfo{child->handle});
    EXPECT_EQ(info->limit, pages(10));
    EXPECT_EQ(info->used, pages(6)); // the memory and its slab
    ASSERT_TRUE(invoke(abi::HandleClose{memory->handle}));
    EXPECT_EQ(invoke(abi::BudgetInfo{child->handle})->used, pages(0));
}

/// A life in calls: whatever fails, the next goes on.
void live(Simulation& system, abi::Handle budget) {
    const auto try_to = [&](const auto& call) {
        if (system.current()) static_cast<void>(system.invoke(call));
    };
    const auto made = [&](const auto& call) {
        const auto result = system.invoke(call);
        return result ? result->handle : abi::Handle{};
    };
    const abi::Handle endpoint = made(abi::EndpointCreate{budget});
    const abi::Handle bell = made(abi::NotificationCreate{budget});
    if (endpoint && bell) try_to(abi::NotificationBind{bell, endpoint});
    const abi::Handle memory = made(abi::MemoryCreate{budget, pages(9)});
    const abi::Handle child = made(abi::ProcessCreate{budget, 1, 2});
    try_to(abi::AcceptHandles{4});
    if (memory) try_to(abi::MemoryMap{child, memory, {0x4000'0000}, {}, pages(9), read_write});
    if (memory && child) try_to(abi::MemoryMap{{}, memory, {0x4000'0000}, {}, pages(9), read_write});
    try_to(abi::MemoryUnmap{child, {0x4000'2000}, pages(2)});
    try_to(abi::MemoryProtect{child, {0x4000'4000}, pages(2), read_only});
    if (child) {
        const abi::Handle thread = made(abi::ThreadCreate{child, {0x50'0000}, 10, budget});
        if (endpoint) try_to(abi::HandleCopy{endpoint, 0xffff, child});
        if (thread) try_to(abi::ThreadStart{thread, {0x40'0000}, {0x7000}, 0});
        if (thread && bell) try_to(abi::ThreadObserve{thread, bell, 1});
    }
    for (int i = 0; i < 200; ++i)
        try_to(abi::NotificationCreate{budget}); // more than one page of handles
}

TEST_F(Calls, WhereverMemoryRunsOutNothingLeaks) {
    end_all();
    ASSERT_EQ(system_.free_frames(), before_);
    for (u64 limit = 1; limit < 60; ++limit) {
        {
            Ref<Budget> budget = *Budget::create(system_.kernel().root_budget(), pages(limit));
            auto process = Process::create(*budget, system_.kernel().next_process_id(), {'t'});
            if (!process) continue;
            auto thread = Thread::create(*budget, **process, {0x10000}, 20);
            if (!thread) continue;
            auto handle = (*process)->handles().insert({Ref<Object>{*budget}, abi::rights::all});
            if (!handle) continue;
            system_.kernel().start_thread(**thread);
            system_.settle();
            live(system_, *handle);
            EXPECT_LE(budget->account().used(), budget->account().limit());
            system_.kernel().end_process(**process, {});
        }
        for (Process& process : system_.kernel().processes())
            system_.kernel().end_process(process, {});
        system_.settle();
        ASSERT_EQ(system_.free_frames(), before_) << "limit " << limit;
    }
}

} // namespace
} // namespace pith::kernel
