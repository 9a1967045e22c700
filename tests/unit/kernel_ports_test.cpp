#include "kernel/object/endpoint.h"
#include "kernel/object/io_ports.h"
#include "kernel/object/notification.h"
#include "kernel_cores.h"
#include "kernel_programs.h"

/// I/O ports on the simulated machine, which looks them up where a real one does: behind the core's task
/// state, by the translations that the core knows.
namespace pith::kernel {
namespace {

using abi::MessageCall;

constexpr u32 first_port = 0x300, end_port = 0x340;

class Ports : public Programs {
  protected:
    /// Holds a range of its own; the handle is not kept.
    void enable(const Simulation::Program& program, u32 first, u32 count) {
        run(program);
        const auto ports = invoke(abi::IoPortsCreate{authority_of(program), {}, first, count});
        ASSERT_TRUE(ports && done(abi::IoPortsEnable{ports->handle}) &&
                    done(abi::HandleClose{ports->handle}));
    }
    abi::Handle authority_of(const Simulation::Program& program) {
        return give_system(program, abi::rights::system::devices);
    }
    /// Whoever runs may use these ports, and none around them.
    void expect_exactly(u32 first, u32 count) {
        for (u32 port = first_port; port < end_port; ++port)
            EXPECT_EQ(system_.touch_port(port), port >= first && port - first < count) << port;
    }
};

TEST_F(Ports, AreExactAfterEveryKindOfSwitch) {
    const Simulation::Program &server = start(30), &driver = start(20), &plain = start(20);
    Ref<Endpoint> endpoint = *system_.kernel().root_budget().make<Endpoint>();
    const abi::Handle at_server = give(server, *endpoint);
    const abi::Handle at_driver = give(driver, *endpoint), at_plain = give(plain, *endpoint);
    const auto bell = *system_.kernel().root_budget().make<Notification>();
    const abi::Handle at_bell = give(server, *bell);
    const std::array rings{give(driver, *bell), give(plain, *bell)};
    system_.settle();
    enable(server, 0x304, 9);
    system_.make(abi::NotificationWait{at_bell, Instant::never()});
    enable(driver, 0x310, 8);

    const auto expect_own = [&] {
        const Thread* current = system_.current();
        if (current == &*server.thread)
            expect_exactly(0x304, 9);
        else if (current == &*driver.thread)
            expect_exactly(0x310, 8);
        else
            expect_exactly(first_port, 0);
    };
    for (const auto& [program, ring, at] :
         {std::tuple{&driver, rings[0], at_driver}, {&plain, rings[1], at_plain}}) {
        run(*program);
        expect_own();
        system_.make(abi::NotificationSignal{ring, 1}); // to who waits, at once
        ASSERT_EQ(system_.current(), &*server.thread);
        expect_own();
        system_.send(MessageCall::receive, at_server); // back through the scheduler
        expect_own();
        run(*program);
        const u64 fast = system_.fast_paths_taken();
        system_.send(MessageCall::call, at); // by a message, and its answer
        ASSERT_EQ(system_.current(), &*server.thread);
        expect_own();
        system_.send(MessageCall::reply_and_receive, at_server);
        ASSERT_EQ(system_.current(), &*program->thread);
        EXPECT_EQ(system_.fast_paths_taken(), fast + 2);
        expect_own();
        system_.send_slowly(MessageCall::call, at);
        ASSERT_EQ(system_.current(), &*server.thread);
        expect_own();
        system_.send_slowly(MessageCall::reply, {});
        expect_own();
        system_.make(abi::NotificationWait{at_bell, Instant::never()});
        const Thread* before = system_.current();
        expect_own();
        ASSERT_FALSE(system_.machine().armed.is_never());
        system_.pass_time(system_.machine().armed); // by preemption
        EXPECT_NE(system_.current(), before);
        expect_own();
    }
}

TEST_F(Ports, GrowInPlaceAndStayWhenTheHandleIsClosed) {
    const Simulation::Program &driver = start(), &other = start();
    system_.settle();
    enable(driver, 0x300, 1);
    const PageCount free = system_.free_frames();
    for (u32 port = 0x302; port < 0x320; port += 2) // as many ranges as it likes
        enable(driver, port, 1);
    EXPECT_EQ(system_.free_frames(), free);
    for (u32 port = first_port; port < end_port; ++port)
        EXPECT_EQ(system_.touch_port(port), port < 0x320 && port % 2 == 0) << port;
    run(other);
    expect_exactly(first_port, 0);
}

TEST_F(Ports, StayWhereTheHandleIsRevoked) {
    const Simulation::Program &giver = start(), &driver = start();
    system_.settle();
    run(giver);
    const auto root = invoke(abi::IoPortsCreate{authority_of(giver), {}, 0x308, 4});
    ASSERT_TRUE(root);
    const abi::Handle process = give(giver, *driver.process);
    const auto copy = invoke(abi::HandleCopy{root->handle, abi::rights::all.raw, process});
    ASSERT_TRUE(copy);
    run(driver);
    ASSERT_TRUE(done(abi::IoPortsEnable{copy->handle}));
    run(giver);
    ASSERT_TRUE(done(abi::HandleRevoke{root->handle}));
    run(driver);
    EXPECT_EQ(error_of(abi::IoPortsEnable{copy->handle}), Error::bad_handle);
    expect_exactly(0x308, 4);
}

TEST_F(Ports, CostTheirProcessNothingBeforeAndGoWithIt) {
    const Simulation::Program &driver = start(), &other = start();
    system_.settle();
    enable(driver, 0x300, 1); // whatever else that needs is there now
    run(other);
    Account& account = other.process->budget().account();
    const Ref<Process> kept = other.process;
    const abi::Handle authority = authority_of(other);
    const auto ports = invoke(abi::IoPortsCreate{authority, {}, 0x310, 8});
    ASSERT_TRUE(ports);
    const PageCount before = account.used();
    ASSERT_TRUE(done(abi::IoPortsEnable{ports->handle}));
    EXPECT_EQ(account.used(), before + pages(PortTable::frames));
    expect_exactly(0x310, 8);
    const PageCount free = system_.free_frames();
    system_.make(abi::ProcessExit{0}); // the object stays, for whoever asks why
    EXPECT_GE(system_.free_frames(), free + pages(PortTable::frames));
    run(driver);
    expect_exactly(0x300, 1);
}

TEST_F(Ports, WithoutMemoryNothingHasChanged) {
    const Simulation::Program& driver = start();
    system_.settle();
    run(driver);
    const auto ports = invoke(abi::IoPortsCreate{authority_of(driver), {}, 0x3f8, 8});
    ASSERT_TRUE(ports);
    Account& account = driver.process->budget().account();
    const PageCount left = account.available();
    ASSERT_TRUE(account.reserve(left - pages(PortTable::frames - 1)));
    EXPECT_EQ(error_of(abi::IoPortsEnable{ports->handle}), Error::no_memory);
    EXPECT_FALSE(system_.touch_port(0x3f8));
    EXPECT_FALSE(system_.machine().console_released);
    account.release(left - pages(PortTable::frames - 1));
    ASSERT_TRUE(done(abi::IoPortsEnable{ports->handle}));
    EXPECT_TRUE(system_.touch_port(0x3f8));
    EXPECT_TRUE(system_.machine().console_released);
}

TEST_F(Cores, TheFirstPortWaitsForCoresThatKnowOfNone) {
    Thread& first = start();
    Thread& second = start_in(first.process());
    Thread& stranger = start();
    const abi::Handle ports =
        give(first.process(), *system_.kernel().root_budget().make<IoPorts>(0x300u, 8u));
    const abi::Handle more = give(first.process(), *system_.kernel().root_budget().make<IoPorts>(0x310u, 8u));
    system_.on(0).settle();
    system_.on(1).notice();
    ASSERT_EQ(runs(0), &first);
    ASSERT_EQ(runs(1), &second);
    EXPECT_FALSE(system_.on(1).touch_port(0x300)); // now the core knows where that bitmap lies
    system_.on(0).make(abi::IoPortsEnable{ports});
    EXPECT_EQ(first.state, ThreadState::synchronizing);
    ASSERT_TRUE(interrupted(1));
    system_.on(1).notice();
    ASSERT_EQ(runs(1), &second);
    EXPECT_TRUE(system_.touch_port(0x300));
    EXPECT_FALSE(system_.touch_port(0x310));
    EXPECT_NE(first.state, ThreadState::synchronizing);
    EXPECT_EQ(first.context.registers.rax, 0u);

    // Every further one is seen where all look already.
    system_.on(1).make(abi::IoPortsEnable{more});
    EXPECT_EQ(second.context.registers.rax, 0u);
    EXPECT_EQ(runs(1), &second);
    EXPECT_TRUE(system_.touch_port(0x310));
    system_.make(abi::Sleep{Instant::never()});
    system_.quiesce();
    for (u32 core = 0; core < 2; ++core)
        if (Thread* thread = runs(core))
            for (const u32 port : {0x300u, 0x310u})
                EXPECT_EQ(system_.on(core).touch_port(port), thread != &stranger) << core;
    ASSERT_TRUE(runs(0) == &stranger || runs(1) == &stranger);
}

TEST_F(Cores, HoldersOfDifferentPortsTakeTurnsOnBoth) {
    std::array<Thread*, 4> threads{};
    for (u32 i = 0; i < threads.size(); ++i) {
        threads[i] = &start();
        if (i != 0) ASSERT_TRUE(threads[i]->process().space().allow_ports(0x300 + 16 * i, 4 + i));
    }
    system_.on(0).settle();
    system_.quiesce();
    u32 met = 0;
    for (u32 turn = 0; turn < 60; ++turn) {
        system_.on(turn / 5 % 2);
        if (!system_.current()) continue;
        const auto holder = static_cast<u32>(std::ranges::find(threads, system_.current()) - threads.begin());
        met |= 1u << (holder + 4 * (turn / 5 % 2));
        for (u32 i = 1; i < threads.size(); ++i) {
            EXPECT_EQ(system_.touch_port(0x300 + 16 * i), i == holder);
            EXPECT_EQ(system_.touch_port(0x300 + 16 * i + 3 + i), i == holder);
            EXPECT_FALSE(system_.touch_port(0x300 + 16 * i + 4 + i));
        }
        system_.make(abi::Yield{});
        system_.quiesce();
    }
    EXPECT_EQ(met, 0xffu); // each of them on both cores
}

} // namespace
} // namespace pith::kernel
