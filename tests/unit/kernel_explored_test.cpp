#include "kernel/machine/host/simulation.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/io_ports.h"

#include <gtest/gtest.h>

/// Short sequences of calls that once ended badly; exploration of small systems (tests/model) found them.
namespace pith::kernel {
namespace {

using abi::MessageCall;

class Explored : public testing::Test {
  protected:
    /// The endpoint in both tables: the server may do everything, the client call.
    void connect(const Simulation::Program& server, const Simulation::Program& client) {
        Ref<Endpoint> endpoint = *system_.kernel().root_budget().make<Endpoint>();
        at_server_ = give(server, *endpoint, abi::rights::all);
        at_client_ = give(client, *endpoint, abi::rights::endpoint::call);
    }
    abi::Handle give(const Simulation::Program& program, Object& object,
                     abi::Rights rights = abi::rights::all) {
        return *program.process->handles().insert({Ref<Object>{object}, rights});
    }
    void expect_running(const Simulation::Program& program) {
        ASSERT_EQ(system_.current(), program.thread.get());
    }

    Simulation system_;
    abi::Handle at_server_, at_client_;
};

TEST_F(Explored, AServerThatWasInterruptedCanBeKilled) {
    const auto client = system_.start(20);
    const auto server = system_.start(10);
    const auto killer = system_.start(20);
    connect(server, client);
    const abi::Handle victim = give(killer, *server.thread);
    system_.settle();
    expect_running(client);
    system_.send(MessageCall::call, at_client_);
    expect_running(killer);
    system_.make(abi::Sleep{Instant{{1000}}});
    expect_running(server);
    system_.send(MessageCall::receive, at_server_);
    EXPECT_EQ(server.thread->priority, 20);
    system_.pass_time({{1000}});
    system_.make(abi::Yield{});
    expect_running(killer); // the server is ready, at the priority that its caller lends
    EXPECT_TRUE(system_.invoke(abi::ThreadKill{victim}));
    EXPECT_EQ(Simulation::message_of(*client.thread).error(), Error::interrupted);
}

TEST_F(Explored, AThreadThatWasMadeEarlyHasItsProcessesPorts) {
    const auto program = system_.start();
    Ref<IoPorts> ports = *system_.kernel().root_budget().make<IoPorts>(0x300u, 8u);
    const abi::Handle at_ports = give(program, *ports);
    system_.settle();
    const auto thread = system_.invoke(abi::ThreadCreate{{}, {0x2'0000}, 10, {}});
    ASSERT_TRUE(thread);
    ASSERT_TRUE(system_.invoke(abi::IoPortsEnable{at_ports}));
    ASSERT_TRUE(system_.invoke(abi::ThreadStart{thread->handle, {0x40'0000}, {0x7000}, 0}));
    EXPECT_TRUE(system_.touch_port(0x307));
    system_.make(abi::ThreadExit{});
    ASSERT_EQ(&system_.current()->process(), &*program.process);
    EXPECT_TRUE(system_.touch_port(0x307));
}

TEST_F(Explored, PrioritiesFollowAChainOfCallsBothWays) {
    const auto client = system_.start(20);
    const auto middle = system_.start(10);
    const auto server = system_.start(10);
    connect(middle, client);
    const abi::Handle at_middle = at_server_, at_front = at_client_;
    connect(server, middle);
    system_.settle();
    client.thread->buffer->deadline = 1000;
    system_.send(MessageCall::call, at_front, {}, 0, 0, true);
    expect_running(middle);
    system_.send(MessageCall::receive, at_middle);
    system_.send(MessageCall::call, at_client_);
    expect_running(server);
    system_.send(MessageCall::receive, at_server_);
    EXPECT_EQ(server.thread->priority, 20);
    system_.kernel().set_priority(*client.thread, 30);
    EXPECT_EQ(server.thread->priority, 30);
    system_.pass_time({{1000}}); // the client gives up
    EXPECT_EQ(middle.thread->priority, 10);
    EXPECT_EQ(server.thread->priority, 10);
}

TEST_F(Explored, AServerKeepsItsCallersPriorityWhenItsOwnChanges) {
    const auto server = system_.start(20);
    const auto client = system_.start(20);
    connect(server, client);
    const abi::Handle itself = give(server, *server.thread);
    system_.settle();
    system_.send(MessageCall::receive, at_server_);
    system_.send(MessageCall::call, at_client_);
    expect_running(server);
    EXPECT_TRUE(system_.invoke(abi::ThreadSetPriority{itself, 5}));
    EXPECT_EQ(server.thread->priority, 20);
    system_.send(MessageCall::reply, {});
    EXPECT_EQ(server.thread->priority, 5);
}

TEST_F(Explored, AReplyDoesNotTakeItsEqualsTurns) {
    const auto server = system_.start(20);
    const auto client = system_.start(10);
    const auto other = system_.start(10);
    connect(server, client);
    system_.settle();
    system_.send(MessageCall::receive, at_server_);
    expect_running(client);
    system_.send(MessageCall::call, at_client_);
    expect_running(server);
    static_cast<void>(system_.invoke(abi::ClockRead{})); // nobody shares its priority: the timer is off
    system_.send(MessageCall::reply_and_receive, at_server_);
    ASSERT_NE(system_.current(), nullptr);
    EXPECT_FALSE(system_.machine().armed.is_never());
    const Thread* first = system_.current();
    system_.pass_time(system_.machine().armed);
    EXPECT_NE(system_.current(), first);
}

TEST_F(Explored, SlotsThatCannotBeHadAreNotCountedOn) {
    Ref<Budget> budget = *Budget::create(system_.kernel().root_budget(), pages(12));
    Ref<Process> process = *Process::create(*budget, system_.kernel().next_process_id(), {});
    Ref<Thread> thread = *Thread::create(*budget, *process, {0x1'0000}, 10);
    Ref<System> nothing = *system_.kernel().root_budget().make<System>();
    const Simulation::Program program{process, thread};
    while (process->handles().handles_in_use() < HandleTable::handles_per_page - 1)
        give(program, *nothing);
    system_.kernel().start_thread(*thread);
    system_.settle();
    const PageCount rest = budget->account().available();
    ASSERT_TRUE(budget->account().reserve(rest));
    const auto two = system_.invoke(abi::AcceptHandles{2});
    ASSERT_FALSE(two);
    EXPECT_EQ(two.error(), Error::no_memory);
    EXPECT_EQ(thread->accepted_count, 0);
    EXPECT_EQ(thread->reserved_count, 0);
    EXPECT_TRUE(system_.invoke(abi::AcceptHandles{1}));
    budget->account().release(rest);
}

} // namespace
} // namespace pith::kernel
