#include "tests/unit/plain_system.h"

#include <algorithm>

namespace pith::plain {

using State = Thread::State;

System::System(u32 threads, u32 endpoints, u32 bells, u32 queues, u32 capacity)
    : capacity_{capacity},
      threads_(threads),
      badges_(threads),
      callers_(endpoints),
      receivers_(endpoints),
      bells_(bells),
      queues_(queues) {}

u32 System::priority(u32 number) const {
    const Thread& thread = threads_[number];
    const u32 lent = thread.serves == nobody ? 0 : priority(thread.serves);
    return std::max(thread.priority, lent);
}

u32 System::highest_ready() const {
    u32 highest = 0;
    for (u32 i = 0; i < threads_.size(); ++i)
        if (threads_[i].state == State::ready) highest = std::max(highest, priority(i));
    return highest;
}

u64 System::next_deadline() const {
    u64 next = never;
    for (const Thread& thread : threads_)
        next = std::min(next, thread.deadline);
    return next;
}

void System::finish(u32 number, Answer answer) {
    Thread& thread = threads_[number];
    thread.state = State::ready;
    thread.at = nobody;
    thread.deadline = never;
    thread.answer = std::move(answer);
}

void System::block(u32 number, State state, u32 at, u64 deadline) {
    Thread& thread = threads_[number];
    thread.state = state;
    thread.at = at;
    thread.deadline = deadline;
    thread.answer.reset();
}

/// Out of whatever it waits in.
void System::leave(u32 number) {
    Thread& thread = threads_[number];
    for (auto* queues : {&callers_, &receivers_})
        for (auto& queue : *queues)
            std::erase(queue, number);
    for (Bell& bell : bells_)
        std::erase(bell.waiters, number);
    for (Queue& queue : queues_)
        std::erase(queue.receivers, number);
    if (thread.served_by != nobody) threads_[thread.served_by].serves = nobody;
    thread.served_by = nobody;
}

void System::deliver(u32 from, u32 to, u64 badge, bool wants_reply) {
    finish(to, {.kind = Answer::Kind::message, .value = badge, .message = threads_[from].message});
    if (!wants_reply) return;
    threads_[to].serves = from;
    threads_[from].served_by = to;
}

void System::call(u32 who, u32 endpoint, Message message, u64 badge, bool wants_reply, u64 deadline) {
    Thread& thread = threads_[who];
    thread.message = std::move(message);
    if (!receivers_[endpoint].empty()) { // the one that came last
        const u32 receiver = receivers_[endpoint].back();
        receivers_[endpoint].pop_back();
        deliver(who, receiver, badge, wants_reply);
        if (wants_reply) return block(who, State::awaiting, nobody, deadline);
        return finish(who, {});
    }
    if (deadline <= now_) return fail(who, Error::timed_out);
    badges_[who] = badge;
    thread.came_with = priority(who);
    auto& queue = callers_[endpoint];
    const auto behind =
        std::ranges::find_if(queue, [&](u32 other) { return threads_[other].came_with < thread.came_with; });
    queue.insert(behind, who);
    block(who, wants_reply ? State::calling : State::sending, endpoint, deadline);
}

void System::reply(u32 who, const Message& message) {
    const u32 caller = threads_[who].serves;
    if (caller == nobody) return fail(who, Error::caller_gone);
    leave(caller);
    finish(caller, {.kind = Answer::Kind::message, .message = message});
    finish(who, {});
}

void System::receive(u32 who, u32 endpoint, u64 deadline) {
    if (const u32 dropped = threads_[who].serves; dropped != nobody) {
        leave(dropped);
        fail(dropped, Error::dropped);
    }
    auto& queue = callers_[endpoint];
    if (!queue.empty()) {
        const u32 from = queue.front();
        queue.pop_front();
        const bool wants_reply = threads_[from].state == State::calling;
        deliver(from, who, badges_[from], wants_reply);
        if (wants_reply)
            threads_[from].state = State::awaiting; // its deadline goes on
        else
            finish(from, {});
        return;
    }
    if (deadline <= now_) return fail(who, Error::timed_out);
    receivers_[endpoint].push_back(who);
    block(who, State::receiving, endpoint, deadline);
}

void System::reply_and_receive(u32 who, u32 endpoint, const Message& message, u64 deadline) {
    if (threads_[who].serves != nobody) reply(who, message);
    receive(who, endpoint, deadline);
}

void System::signal(u32 who, u32 bell, u64 bits) {
    finish(who, {});
    Bell& at = bells_[bell];
    at.bits |= bits;
    if (at.bits == 0 || at.waiters.empty()) return;
    const u32 waiter = at.waiters.front();
    at.waiters.pop_front();
    finish(waiter, {.kind = Answer::Kind::bits, .value = std::exchange(at.bits, 0)});
}

void System::wait(u32 who, u32 bell, u64 deadline) {
    Bell& at = bells_[bell];
    if (at.bits != 0) return finish(who, {.kind = Answer::Kind::bits, .value = std::exchange(at.bits, 0)});
    if (deadline <= now_) return fail(who, Error::would_wait);
    at.waiters.push_back(who);
    block(who, State::waiting, bell, deadline);
}

void System::push(u32 who, u32 queue, std::vector<u64> words) {
    Queue& at = queues_[queue];
    if (at.messages.size() == capacity_) return fail(who, Error::would_wait);
    finish(who, {});
    if (at.receivers.empty()) return at.messages.push_back(std::move(words));
    const u32 receiver = at.receivers.front();
    at.receivers.pop_front();
    finish(receiver, {.kind = Answer::Kind::queued, .message = {.more = std::move(words)}});
}

void System::pop(u32 who, u32 queue, u64 deadline) {
    Queue& at = queues_[queue];
    if (!at.messages.empty()) {
        finish(who, {.kind = Answer::Kind::queued, .message = {.more = std::move(at.messages.front())}});
        return at.messages.pop_front();
    }
    if (deadline <= now_) return fail(who, Error::would_wait);
    at.receivers.push_back(who);
    block(who, State::popping, queue, deadline);
}

void System::sleep(u32 who, u64 deadline) {
    if (deadline <= now_) return finish(who, {});
    block(who, State::sleeping, nobody, deadline);
}

void System::cancel(u32 who, u32 other) {
    if (threads_[other].state == State::ready) return fail(who, Error::wrong_state);
    leave(other);
    fail(other, Error::cancelled);
    finish(who, {});
}

void System::pass_time(u64 now) {
    now_ = now;
    for (u32 i = 0; i < threads_.size(); ++i) {
        if (threads_[i].deadline > now) continue;
        const bool slept = threads_[i].state == State::sleeping;
        leave(i);
        slept ? finish(i, {}) : fail(i, Error::timed_out);
    }
}

} // namespace pith::plain
