#include "kernel/object/endpoint.h"
#include "kernel/object/queue.h"
#include "kernel_programs.h"

#include <gtest/gtest.h>
#include <optional>
#include <string>

/// Everything that can end a call, at every point at which that call can be: who is told what, and what goes
/// on. docs/abi.md has the same table.
namespace pith::kernel {
namespace {

using abi::MessageCall;

/// Where a call is when something happens to it.
enum class Point : u8 {
    sending,         ///< in the endpoint's queue, and wants no reply
    queued,          ///< in the endpoint's queue
    received_fast,   ///< by a server that waited
    received_slowly, ///< out of the queue
    in_a_chain,      ///< received by a server that waits for another one's reply
    kept,            ///< the server has kept the right to reply
    passed_on,       ///< ... and handed it to another process
    in_a_queue,      ///< ... or put it into a queue
};
constexpr std::array points{Point::sending,    Point::queued, Point::received_fast, Point::received_slowly,
                            Point::in_a_chain, Point::kept,   Point::passed_on,     Point::in_a_queue};

enum class Event : u8 {
    nothing,
    deadline,
    cancelled,
    caller_ends,
    revoked,
    last_receive_right, ///< is closed; the server goes on
    server_ends,        ///< somebody else holds the right to receive
    last_server_ends,   ///< nobody else holds it
    server_thread_ends, ///< its process goes on
    budget_ends,        ///< which paid for the endpoint
    not_answered,       ///< the server receives again
    right_closed,       ///< to reply
    no_room,            ///< for the handle in the message, or in the answer
};
constexpr std::array events{Event::nothing,     Event::deadline,         Event::cancelled,
                            Event::caller_ends, Event::revoked,          Event::last_receive_right,
                            Event::server_ends, Event::last_server_ends, Event::server_thread_ends,
                            Event::budget_ends, Event::not_answered,     Event::right_closed,
                            Event::no_room};

/// What comes of it for the caller. Not an error: the call goes on, and is answered in the end.
struct Outcome {
    enum class Kind : u8 { impossible, goes_on, fails, ends } kind = Kind::impossible;
    Error error{};
};
constexpr Outcome never{}, on{Outcome::Kind::goes_on}, end{Outcome::Kind::ends};
constexpr Outcome with(Error error) { return {Outcome::Kind::fails, error}; }
constexpr Outcome late = with(Error::timed_out), called_off = with(Error::cancelled),
                  revoked = with(Error::revoked), closed = with(Error::closed),
                  broken = with(Error::interrupted), dropped = with(Error::dropped),
                  full = with(Error::no_slots);

struct Row {
    Event event;
    std::array<Outcome, points.size()> outcomes; ///< by point
};
constexpr std::array table{
    // sending, queued, received fast and slowly, in a chain, kept, passed on, in a queue
    Row{Event::nothing, {on, on, on, on, on, on, on, on}},
    Row{Event::deadline, {late, late, late, late, late, late, late, late}},
    Row{Event::cancelled,
        {called_off, called_off, called_off, called_off, called_off, called_off, called_off, called_off}},
    Row{Event::caller_ends, {end, end, end, end, end, end, end, end}},
    Row{Event::revoked, {revoked, revoked, on, on, on, on, on, on}},
    Row{Event::last_receive_right, {closed, closed, on, on, on, on, on, on}},
    Row{Event::server_ends, {on, on, broken, broken, broken, dropped, on, on}},
    Row{Event::last_server_ends, {closed, closed, broken, broken, broken, dropped, on, on}},
    Row{Event::server_thread_ends, {on, on, broken, broken, broken, on, on, on}},
    Row{Event::budget_ends, {closed, closed, on, on, on, on, on, on}},
    Row{Event::not_answered, {never, never, dropped, dropped, never, on, on, on}},
    Row{Event::right_closed, {never, never, never, never, never, dropped, dropped, dropped}},
    Row{Event::no_room, {full, full, full, full, full, full, full, full}},
};

std::string name_of(Point point, Event event) {
    return "point " + std::to_string(std::to_underlying(point)) + ", event " +
           std::to_string(std::to_underlying(event));
}

constexpr u64 badge = 77, asked = 5, answered = 6, deadline = 1000;

/// One call, and all who have to do with it.
class Exchange : public Programs {
  public:
    Exchange(Point point, Event event) : point_{point}, event_{event} {}
    void TestBody() override {}

    /// The call is made and comes to where it shall be.
    void begin() {
        endpoint_at_supervisor();
        ask();
        if (point_ == Point::sending || point_ == Point::queued) return;
        if (point_ == Point::received_fast || point_ == Point::in_a_chain) {
            ASSERT_EQ(client_.thread->state, ThreadState::awaiting_reply);
        } else {
            run(server_);
            system_.send(MessageCall::receive, at_server_);
        }
        ASSERT_EQ(server_.thread->caller, client_.thread.get());
        EXPECT_EQ(message(server_).words[0], asked);
        EXPECT_EQ(message(server_).badge, badge);
        if (point_ == Point::in_a_chain) return call_the_other();
        if (point_ < Point::kept) return;
        run(server_);
        right_ = invoke(abi::KeepReply{})->handle;
        holder_ = &server_;
        if (point_ == Point::passed_on) pass_on();
        if (point_ == Point::in_a_queue) put_into_queue();
    }

    void happen() {
        run(supervisor_);
        switch (event_) {
        case Event::nothing:
        case Event::no_room: return;
        case Event::deadline: return system_.pass_time({{deadline}});
        case Event::cancelled: return expect_done(abi::ThreadCancel{client_thread_});
        case Event::caller_ends: return expect_done(abi::ProcessKill{client_process_});
        case Event::revoked: return expect_done(abi::HandleRevoke{minted_});
        case Event::last_receive_right:
            server_.process->handles().remove(at_server_);
            return expect_done(abi::HandleClose{root_});
        case Event::last_server_ends: expect_done(abi::HandleClose{root_}); [[fallthrough]];
        case Event::server_ends: return expect_done(abi::ProcessKill{server_process_});
        case Event::server_thread_ends: return expect_done(abi::ThreadKill{server_thread_});
        case Event::budget_ends: return expect_done(abi::BudgetEnd{budget_});
        case Event::not_answered: return receive_anew();
        case Event::right_closed: return close_right();
        }
    }

    void judge(Outcome expected) {
        switch (expected.kind) {
        case Outcome::Kind::impossible: FAIL() << "not to be tried"; return;
        case Outcome::Kind::ends: EXPECT_EQ(client_.thread->state, ThreadState::ended); break;
        case Outcome::Kind::fails:
            if (event_ == Event::no_room) answer();
            EXPECT_NE(client_.thread->is_blocked(), true);
            EXPECT_EQ(message(client_).status(), abi::Status::error);
            EXPECT_EQ(message(client_).error(), expected.error);
            break;
        case Outcome::Kind::goes_on:
            EXPECT_TRUE(client_.thread->is_blocked());
            answer();
            EXPECT_FALSE(client_.thread->is_blocked());
            EXPECT_EQ(message(client_).status(), abi::Status::message);
            if (point_ != Point::sending) {
                EXPECT_EQ(message(client_).words[0], answered);
            }
            return;
        }
        if (event_ != Event::no_room) expect_told();
    }

    void finish() {
        second_ = {};
        TearDown();
    }

  private:
    template <class Call>
    void expect_done(const Call& call) {
        EXPECT_EQ(error_of(call), Error{});
    }
    static Simulation::Message message(const Simulation::Program& program) {
        return Simulation::message_of(*program.thread);
    }

    void endpoint_at_supervisor() {
        // One more thread, so that the process goes on without the one that serves.
        auto more = Thread::create(system_.kernel().root_budget(), *server_.process, VirtAddr{0x10'0000}, 20);
        ASSERT_TRUE(more);
        second_ = {server_.process, *more};
        system_.kernel().start_thread(**more);
        system_.settle();

        run(other_);
        expect_done(abi::AcceptHandles{1});
        const Ref<Endpoint> elsewhere = *system_.kernel().root_budget().make<Endpoint>();
        at_other_ = give(other_, *elsewhere);
        other_at_server_ = give(server_, *elsewhere, abi::rights::endpoint::call);
        const Ref<Queue> queue = *Queue::create(system_.kernel().root_budget(), 2);
        queue_at_server_ = give(server_, *queue, abi::rights::queue::send | abi::rights::copy);
        queue_at_other_ = give(other_, *queue, abi::rights::queue::receive);

        run(supervisor_);
        budget_ = invoke(abi::BudgetCreate{{}, pages(8)})->handle;
        root_ = invoke(abi::EndpointCreate{budget_})->handle;
        client_process_ = give(supervisor_, *client_.process);
        server_process_ = give(supervisor_, *server_.process);
        client_thread_ = give(supervisor_, *client_.thread);
        server_thread_ = give(supervisor_, *server_.thread);
        minted_ =
            invoke(abi::HandleMint{root_, abi::rights::endpoint::call.raw | abi::rights::copy.raw, badge})
                ->handle;
        at_client_ = invoke(abi::HandleCopy{minted_, abi::rights::all.raw, client_process_})->handle;
        at_server_ =
            invoke(abi::HandleCopy{root_, abi::rights::endpoint::receive.raw, server_process_})->handle;
    }

    /// The server waits first, where it shall have the call by the fast path.
    void ask() {
        const bool waits = point_ == Point::received_fast || point_ == Point::in_a_chain;
        if (waits) {
            run(server_);
            system_.send(MessageCall::receive, at_server_);
        }
        run(client_);
        const bool with_deadline = event_ == Event::deadline;
        client_.thread->buffer->deadline = deadline;
        u32 handles = 0;
        if (event_ == Event::no_room && (point_ == Point::sending || point_ == Point::queued))
            client_.thread->buffer->handles[handles++] = at_client_;
        const u64 before = system_.fast_paths_taken();
        system_.send(point_ == Point::sending ? MessageCall::send : MessageCall::call, at_client_, {asked}, 0,
                     handles, with_deadline);
        EXPECT_EQ(system_.fast_paths_taken() - before, waits && !with_deadline ? 1u : 0u);
    }
    void other_waits() {
        run(other_);
        system_.send(MessageCall::receive, at_other_);
        run(server_);
    }
    void call_the_other() {
        other_waits();
        system_.send(MessageCall::call, other_at_server_, {1});
        EXPECT_EQ(other_.thread->caller, server_.thread.get());
    }
    void pass_on() {
        other_waits();
        server_.thread->buffer->handles[0] = right_;
        system_.send(MessageCall::send, other_at_server_, {}, 0, 1);
        EXPECT_EQ(message(server_).status(), abi::Status::message);
        right_ = other_.thread->buffer->handles[0];
        holder_ = &other_;
    }
    void put_into_queue() {
        server_.thread->buffer->handles[0] = right_;
        expect_done(abi::QueueSend{queue_at_server_, 0, 1});
        holder_ = nullptr;
    }
    void take_from_queue() {
        run(other_);
        expect_done(abi::QueueReceive{queue_at_other_, Instant{}});
        right_ = other_.thread->buffer->handles[0];
        holder_ = &other_;
    }

    void receive_anew() {
        run(server_);
        server_.thread->buffer->deadline = 0;
        system_.send(MessageCall::receive, at_server_, {}, 0, 0, true);
        EXPECT_EQ(message(server_).error(), Error::timed_out);
    }
    void close_right() {
        if (!holder_) {
            other_.process->handles().remove(queue_at_other_); // the last that could take it out
            return system_.settle();
        }
        run(*holder_);
        expect_done(abi::HandleClose{right_});
    }

    /// Who can, does; with a handle that the caller has no room for, where that is what shall happen.
    void answer() {
        const bool too_much = event_ == Event::no_room;
        if (point_ == Point::sending || point_ == Point::queued) {
            // Whoever is left of those who may receive.
            Simulation::Program& receiver =
                server_.thread->state == ThreadState::ended ? second_or_supervisor() : server_;
            run(receiver);
            receiver.thread->buffer->deadline = 0;
            system_.send(MessageCall::receive, &receiver == &supervisor_ ? root_ : at_server_, {}, 0, 0,
                         true);
            if (too_much) {
                EXPECT_EQ(message(receiver).error(), Error::timed_out); // it was given nothing
                return;
            }
            EXPECT_EQ(message(receiver).words[0], asked);
            if (point_ == Point::queued) system_.send(MessageCall::reply, {}, {answered});
            return;
        }
        if (point_ == Point::in_a_chain) {
            run(other_);
            system_.send(MessageCall::reply, {}, {2});
        }
        if (point_ == Point::in_a_queue) take_from_queue();
        Simulation::Program& by = answerer();
        run(by);
        u32 handles = 0;
        if (too_much) by.thread->buffer->handles[handles++] = &by == &other_ ? at_other_ : queue_at_server_;
        system_.send(MessageCall::reply, right_, {answered}, 0, handles);
        EXPECT_EQ(message(by).error(), too_much ? Error::no_slots : Error{});
    }
    Simulation::Program& second_or_supervisor() { return server_.process->ended ? supervisor_ : second_; }
    Simulation::Program& answerer() {
        if (holder_ == &other_) return other_;
        return server_.thread->state == ThreadState::ended ? second_ : server_;
    }

    /// Whoever could have answered hears that nobody waits for that any more; nobody receives it any more
    /// either.
    void expect_told() {
        if (server_.thread->state == ThreadState::ended || event_ == Event::right_closed ||
            event_ == Event::not_answered)
            return;
        if (point_ == Point::sending || point_ == Point::queued) {
            if (event_ == Event::last_receive_right || event_ == Event::budget_ends) return;
            run(server_);
            server_.thread->buffer->deadline = 0;
            system_.send(MessageCall::receive, at_server_, {}, 0, 0, true);
            // The badge that went with it is gone, if that was the last that carried it.
            if (message(server_).status() == abi::Status::gone) {
                EXPECT_EQ(message(server_).badge, badge);
            } else {
                EXPECT_EQ(message(server_).error(), Error::timed_out);
            }
            return;
        }
        if (point_ == Point::in_a_chain) {
            run(other_);
            system_.send(MessageCall::reply, {}, {2});
            run(server_);
            EXPECT_EQ(message(server_).words[0], 2u); // its own call has nothing to do with it
        }
        if (point_ == Point::in_a_queue) take_from_queue();
        Simulation::Program& by = answerer();
        run(by);
        system_.send(MessageCall::reply, right_, {answered});
        EXPECT_EQ(message(by).error(), Error::caller_gone);
    }

    Point point_;
    Event event_;
    Simulation::Program& client_ = start();
    Simulation::Program& server_ = start();
    Simulation::Program& other_ = start();
    Simulation::Program& supervisor_ = start();
    Simulation::Program second_{};
    Simulation::Program* holder_ =
        nullptr; ///< of `right_`; null: the server owes the reply, or a queue has it
    abi::Handle budget_, root_, minted_, client_process_, server_process_, client_thread_, server_thread_;
    abi::Handle at_client_, at_server_, at_other_, other_at_server_, queue_at_server_, queue_at_other_,
        right_{};
};

TEST(Exchanges, EndAsTheContractSaysAtEveryPoint) {
    static_assert(table.size() == events.size());
    u32 cells = 0;
    for (const Row& row : table)
        for (const Point point : points) {
            const Outcome expected = row.outcomes[std::to_underlying(point)];
            if (expected.kind == Outcome::Kind::impossible) continue;
            SCOPED_TRACE(name_of(point, row.event));
            Exchange exchange{point, row.event};
            exchange.begin();
            exchange.happen();
            exchange.judge(expected);
            exchange.finish();
            ++cells;
        }
    EXPECT_EQ(cells, 96u);
}

} // namespace
} // namespace pith::kernel
