#include "kernel/machine/host/simulation.h"

#include "kernel/object/endpoint.h"
#include "kernel/object/system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

/// Corners where several rules meet: each of these was wrong once.
namespace pith::kernel {
namespace {

using abi::MessageCall;

class Corners : public testing::Test {
  protected:
    /// Starts a program that is alone or has the highest priority, so that it runs now.
    Simulation::Program run_new(u8 priority) {
        Simulation::Program program = system_.start(priority);
        system_.settle();
        EXPECT_EQ(system_.current(), program.thread.get());
        return program;
    }
    template <class T>
    static abi::Handle give(Simulation::Program& program, Ref<T>& object,
                            abi::Rights rights = abi::rights::all) {
        return *program.process->handles().insert({Ref<Object>{*object}, rights});
    }
    static Simulation::Message last(const Simulation::Program& program) {
        return Simulation::message_of(*program.thread);
    }
    /// Nothing is left: no frame for the running thread's handles, and but `left` free slots.
    void exhaust(HandleTable& table, std::size_t left) {
        while (const auto frame = account().take_frame())
            frames_.push_back(*frame);
        while (const auto slot = table.reserve())
            slots_.push_back(*slot);
        for (; left > 0; --left, slots_.pop_back())
            table.unreserve(slots_.back());
    }
    void relax(HandleTable& table) {
        for (const u32 slot : slots_)
            table.unreserve(slot);
        for (const PhysAddr frame : frames_)
            account().give_frame(frame);
        slots_.clear();
        frames_.clear();
    }
    Account& account() { return system_.kernel().root_budget().account(); }
    std::string log() {
        std::array<char, Log::capacity> text{};
        u64 position = 0;
        return {text.data(), system_.kernel().log().read(position, text)};
    }

    Simulation system_;
    Ref<Endpoint> endpoint_;
    Simulation::Program server_, client_, manager_;
    abi::Handle at_server_, at_client_;
    std::vector<PhysAddr> frames_;
    std::vector<u32> slots_;
};

TEST_F(Corners, AcceptingHandlesWithoutMemoryChangesNothing) {
    client_ = run_new(10);
    EXPECT_TRUE(system_.invoke(abi::AcceptHandles{1}));
    HandleTable& table = client_.process->handles();
    exhaust(table, 2);
    const auto accepted = system_.invoke(abi::AcceptHandles{4});
    ASSERT_FALSE(accepted);
    EXPECT_EQ(accepted.error(), Error::no_memory);
    EXPECT_EQ(client_.thread->accepted_count, 1);
    EXPECT_EQ(client_.thread->reserved_count, 1);
    relax(table);
}

TEST_F(Corners, MessagesTooWaitForMemoryThatIsOnItsWay) {
    endpoint_ = *system_.kernel().root_budget().make<Endpoint>();
    client_ = run_new(10);
    at_client_ = give(client_, endpoint_);
    EXPECT_TRUE(system_.invoke(abi::AcceptHandles{1}));
    Simulation::Program ended = system_.start(5);
    HandleTable& table = client_.process->handles();
    exhaust(table, 0);
    // The slot that was set aside has been used; none is free.
    slots_.push_back(client_.thread->reserved[0]);
    client_.thread->reserved_count = 0;
    client_.thread->unusual |= unusual::short_of_slots;
    system_.kernel().end_process(*ended.process, {}); // its handles' and page tables' frames follow later
    system_.send(MessageCall::receive, at_client_);
    EXPECT_EQ(client_.thread->state, ThreadState::receiving);
    relax(table);
}

TEST_F(Corners, AReplyThatFailedIsToldOnceAndAtOnce) {
    endpoint_ = *system_.kernel().root_budget().make<Endpoint>();
    server_ = run_new(5);
    at_server_ = give(server_, endpoint_);
    system_.send(MessageCall::receive, at_server_);
    client_ = run_new(20);
    at_client_ = give(client_, endpoint_);
    system_.send(MessageCall::call, at_client_);
    ASSERT_EQ(system_.current(), server_.thread.get());

    server_.thread->buffer->handles[0] = at_server_; // which the client has no room for
    system_.send(MessageCall::reply_and_receive, {}, {}, 0, 1);
    ASSERT_EQ(system_.current(), client_.thread.get());
    EXPECT_EQ(last(client_).error(), Error::no_slots);
    EXPECT_EQ(last(server_).error(), Error::bad_handle);
    EXPECT_TRUE(last(server_).tag.reply_failed());

    system_.make(abi::Sleep{Instant{{1000}}});
    system_.send(MessageCall::receive, at_server_);
    system_.pass_time({{2000}});
    system_.send(MessageCall::call, at_client_);
    ASSERT_EQ(system_.current(), server_.thread.get());
    EXPECT_EQ(last(server_).status(), abi::Status::message);
    EXPECT_FALSE(last(server_).tag.reply_failed());
}

TEST_F(Corners, KillingAThreadThatNeverRanDoesNotEndItsProcess) {
    manager_ = run_new(10);
    const auto process = system_.invoke(abi::ProcessCreate{});
    ASSERT_TRUE(process);
    const auto thread = system_.invoke(abi::ThreadCreate{process->handle, VirtAddr{0x20000}, 10, {}});
    ASSERT_TRUE(thread);
    EXPECT_TRUE(system_.invoke(abi::ThreadKill{thread->handle}));
    const auto status = system_.invoke(abi::ProcessStatus{process->handle});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error(), Error::wrong_state);
    const auto second = system_.invoke(abi::ThreadCreate{process->handle, VirtAddr{0x20000}, 10, {}});
    EXPECT_TRUE(second);
}

TEST_F(Corners, ALogLineIsWholeAndOneLineWhateverTheProcessIsCalled) {
    Kernel& kernel = system_.kernel();
    auto process = Process::create(kernel.root_budget(), kernel.next_process_id(), {'a', '\n', '\x1b', 'b'});
    auto thread = Thread::create(kernel.root_budget(), **process, VirtAddr{0x10000}, 10);
    kernel.start_thread(**thread);
    client_ = {*process, *thread};
    system_.settle();
    Ref<System> system = *kernel.root_budget().make<System>();
    constexpr u64 longest = abi::LogWrite::longest;
    std::memset((*thread)->buffer->words.data(), 'x', longest + 1);
    const abi::Handle handle = give(client_, system);
    EXPECT_EQ(system_.invoke(abi::LogWrite{handle, longest + 1}).error(), Error::too_large);
    EXPECT_TRUE(system_.invoke(abi::LogWrite{handle, longest}));
    const std::string text = log();
    EXPECT_EQ(std::ranges::count(text, '\n'), 1);
    EXPECT_EQ(std::ranges::count(text, '\x1b'), 0);
    EXPECT_NE(text.find("a??b: " + std::string(longest, 'x') + "\n"), std::string::npos) << text;
}

} // namespace
} // namespace pith::kernel
