#include "kernel/machine/host/simulation.h"
#include "kernel/object/endpoint.h"

#include <cstring>
#include <gtest/gtest.h>
#include <vector>

namespace pith::kernel {
namespace {

TEST(TraceRing, KeepsTheNewestAndSkipsWhatIsLost) {
    std::array<abi::TraceEntry, 4> room{};
    TraceRing ring{room};
    std::array<abi::TraceEntry, 8> out{};
    u64 from = 0;
    EXPECT_EQ(ring.read(from, out), 0u);
    for (u64 i = 0; i < 6; ++i)
        ring.add({.time = i});
    EXPECT_EQ(ring.read(from, out), 4u);
    EXPECT_EQ(out[0].time, 2u);
    EXPECT_EQ(out[3].time, 5u);
    EXPECT_EQ(from, 6u);
    from = 3;
    EXPECT_EQ(ring.read(from, std::span{out}.first(2)), 2u);
    EXPECT_EQ(out[0].time, 3u);
    EXPECT_EQ(from, 5u);
    from = ~u64{0}; // beyond what there is
    EXPECT_EQ(ring.read(from, out), 0u);
    EXPECT_EQ(from, 6u);
}

TEST(TraceRing, WithoutRoomNotesNothing) {
    TraceRing ring;
    ring.add({});
    u64 from = 0;
    std::array<abi::TraceEntry, 2> out{};
    EXPECT_EQ(ring.read(from, out), 0u);
}

class Trace : public testing::Test {
  protected:
    Trace() : client_{system_.start(20)}, server_{system_.start(30)} {
        auto endpoint = system_.kernel().root_budget().make<Endpoint>();
        auto object = system_.kernel().root_budget().make<kernel::System>();
        for (const auto& program : {client_, server_})
            endpoint_ = *program.process->handles().insert({Ref<Object>{**endpoint}, abi::rights::all});
        object_ = *server_.process->handles().insert({Ref<Object>{**object}, abi::rights::all});
        poor_ = *server_.process->handles().insert(
            {Ref<Object>{**object}, abi::Rights{static_cast<u16>(~abi::rights::system::trace.raw)}});
        system_.settle();
    }
    ~Trace() override {
        for (const auto& program : {client_, server_})
            system_.kernel().end_process(*program.process, {});
    }
    /// The events of the ring, by their numbers.
    std::vector<abi::TraceEvent> events(u64& from) {
        std::vector<abi::TraceEvent> all;
        std::array<abi::TraceEntry, 16> entries{};
        const u64 count = system_.core().trace.read(from, entries);
        for (const auto& entry : std::span{entries}.first(count))
            all.push_back(abi::TraceEvent{entry.event});
        return all;
    }
    void exchange() {
        system_.send(abi::MessageCall::reply_and_receive, endpoint_);
        system_.send(abi::MessageCall::call, endpoint_, {1});
    }

    Simulation system_{pages(4096)};
    Simulation::Program client_, server_;
    abi::Handle endpoint_{}, object_{}, poor_{};
};

TEST_F(Trace, NeedsItsRight) {
    EXPECT_EQ(system_.invoke(abi::TraceControl{poor_, 1}).error(), Error::denied);
    EXPECT_EQ(system_.invoke(abi::TraceRead{poor_, 0, 0}).error(), Error::denied);
    EXPECT_EQ(system_.invoke(abi::TraceControl{object_, 2}).error(), Error::bad_argument);
    EXPECT_EQ(system_.invoke(abi::TraceRead{object_, 1, 0}).error(), Error::bad_argument);
    EXPECT_FALSE(system_.kernel().tracing());
}

TEST_F(Trace, NothingIsNotedUntilSomebodyAsks) {
    exchange();
    u64 from = 0;
    EXPECT_TRUE(events(from).empty());
}

TEST_F(Trace, NotesMessagesThatWouldBeFast) {
    using enum abi::TraceEvent;
    ASSERT_TRUE(system_.invoke(abi::TraceControl{object_, 1}));
    const u64 fast = system_.fast_paths_taken();
    exchange();
    exchange();
    EXPECT_EQ(system_.fast_paths_taken(), fast);
    u64 from = 0;
    // receive, call, reply and receive, call
    EXPECT_EQ(events(from),
              (std::vector{call, switched, call, switched, call, reply, switched, call, switched}));

    // The server reads it itself; each goes on the fast way after it has left the kernel once.
    const auto read = system_.invoke(abi::TraceRead{object_, 0, 0});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->count, 10u); // with its own call
    abi::TraceEntry first;
    std::memcpy(&first, server_.thread->buffer->results.data(), sizeof first);
    EXPECT_EQ(first.process, server_.process->id());
    EXPECT_EQ(first.what, std::to_underlying(abi::MessageCall::reply_and_receive));
    EXPECT_EQ(first.value, endpoint_.raw);
    ASSERT_TRUE(system_.invoke(abi::TraceControl{object_, 0}));
    for (int i = 0; i < 3; ++i)
        exchange();
    EXPECT_GT(system_.fast_paths_taken(), fast);
    EXPECT_EQ(server_.thread->unusual | client_.thread->unusual, 0u);
}

TEST_F(Trace, NotesFaultsInterruptsAndTheTimer) {
    using enum abi::TraceEvent;
    ASSERT_TRUE(system_.invoke(abi::TraceControl{object_, 1}));
    system_.machine().unmasked[4] = true;
    system_.interrupt(4);
    system_.pass_time(Instant{} + milliseconds(1));
    u64 from = 0;
    EXPECT_EQ(events(from), (std::vector{interrupt, timer}));
    system_.fault(14, 0x1234);
    std::array<abi::TraceEntry, 4> entries{};
    ASSERT_GE(system_.core().trace.read(from, entries), 1u);
    EXPECT_EQ(entries[0].event, std::to_underlying(fault));
    EXPECT_EQ(entries[0].what, 14u);
    EXPECT_EQ(entries[0].value, 0x1234u);
}

TEST_F(Trace, CountsSlowMessagesOfAProcess) {
    exchange();
    exchange();
    EXPECT_EQ(client_.process->sums({}, 1).fast_calls + client_.process->slow_calls, 2u);
    const u64 slow = client_.process->slow_calls;
    system_.send_slowly(abi::MessageCall::reply_and_receive, endpoint_);
    system_.send_slowly(abi::MessageCall::call, endpoint_, {1});
    EXPECT_EQ(client_.process->sums({}, 1).fast_calls + client_.process->slow_calls, 3u);
    EXPECT_EQ(client_.process->slow_calls, slow + 1);
}

} // namespace
} // namespace pith::kernel
