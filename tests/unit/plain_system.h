#pragma once

#include "abi/message.h"
#include "base/error.h"
#include "base/types.h"

#include <array>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <vector>

namespace pith::plain {

/// What programs may expect of endpoints, notifications, queues and time, written down as plainly as
/// possible: threads and objects are numbers, every queue is a deque, and everything is looked for from its
/// beginning.
constexpr u32 nobody = ~u32{0};
constexpr u64 never = std::numeric_limits<u64>::max();

struct Message {
    std::array<u64, abi::register_words> words{};
    std::vector<u64> more;
};

/// How a call comes back: an error, or one of these.
struct Answer {
    enum class Kind : u8 { message, done, bits, queued, error } kind = Kind::done;
    Error error{};
    u64 value = 0; ///< badge, bits
    Message message{};
};

struct Thread {
    enum class State : u8 { ready, calling, sending, awaiting, receiving, waiting, popping, sleeping };
    State state = State::ready;
    u32 priority = 0; ///< its own
    u32 at = nobody;  ///< the object that it waits for
    u64 deadline = never;
    Message message{};   ///< of a caller
    u32 came_with = 0;   ///< the priority that it queued with
    u32 serves = nobody; ///< whom it owes a reply
    u32 served_by = nobody;
    std::optional<Answer> answer; ///< what it finds when it next runs
};

class System {
  public:
    System(u32 threads, u32 endpoints, u32 bells, u32 queues, u32 capacity);

    [[nodiscard]] Thread& thread(u32 number) { return threads_[number]; }
    [[nodiscard]] u32 priority(u32 number) const;
    /// The highest among the threads that are ready.
    [[nodiscard]] u32 highest_ready() const;
    [[nodiscard]] u64 next_deadline() const;

    // What thread `who` does. `badge` is that of its handle.
    void call(u32 who, u32 endpoint, Message message, u64 badge, bool wants_reply, u64 deadline);
    void reply(u32 who, const Message& message);
    void receive(u32 who, u32 endpoint, u64 deadline);
    void reply_and_receive(u32 who, u32 endpoint, const Message& message, u64 deadline);
    void signal(u32 who, u32 bell, u64 bits);
    void wait(u32 who, u32 bell, u64 deadline);
    void push(u32 who, u32 queue, std::vector<u64> words);
    void pop(u32 who, u32 queue, u64 deadline);
    void sleep(u32 who, u64 deadline);
    void cancel(u32 who, u32 other);
    void pass_time(u64 now);

  private:
    void finish(u32 number, Answer answer);
    void fail(u32 number, Error error) { finish(number, {.kind = Answer::Kind::error, .error = error}); }
    void leave(u32 number);
    void deliver(u32 from, u32 to, u64 badge, bool wants_reply);
    void block(u32 number, Thread::State state, u32 at, u64 deadline);

    struct Bell {
        u64 bits = 0;
        std::deque<u32> waiters;
    };
    struct Queue {
        std::deque<std::vector<u64>> messages;
        std::deque<u32> receivers;
    };
    u64 now_ = 0;
    u32 capacity_;
    std::vector<Thread> threads_;
    std::vector<u64> badges_; ///< of what a thread calls through
    std::vector<std::deque<u32>> callers_, receivers_;
    std::vector<Bell> bells_;
    std::vector<Queue> queues_;
};

} // namespace pith::plain
