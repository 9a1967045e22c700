#pragma once

#include "kernel/object/thread.h"

#include <array>
#include <bit>

namespace pith::kernel {

/// Threads that are ready, by priority, in order of arrival within each. Every operation takes constant time:
/// a bitmap tells which priorities have any.
class RunQueue {
  public:
    void push_back(Thread& thread) {
        queues_[thread.priority].push_back(thread);
        note(thread.priority);
    }
    /// For a thread that was preempted: its turn is not over.
    void push_front(Thread& thread) {
        queues_[thread.priority].push_front(thread);
        note(thread.priority);
    }
    /// `thread` is in this queue, at the priority that it has now.
    void remove(Thread& thread) {
        WaitList& queue = queues_[thread.priority];
        WaitList::remove(thread);
        if (queue.empty()) note_empty(thread.priority);
    }
    [[nodiscard]] bool empty() const { return occupied_ == 0; }
    /// The highest priority that has a thread, or -1.
    [[nodiscard]] int highest() const { return highest_; }
    /// The first thread of the highest priority; the queue is not empty.
    [[nodiscard]] Thread& pop() {
        const unsigned priority = static_cast<unsigned>(highest_);
        WaitList& queue = queues_[priority];
        Thread& thread = *queue.pop_front();
        if (queue.empty()) note_empty(priority);
        return thread;
    }
    /// The same in exchange for a thread that runs, whose turn is not over and whose priority is lower.
    [[nodiscard]] Thread& exchange(Thread& running) {
        queues_[running.priority].push_front_new(running);
        occupied_ |= u64{1} << running.priority;
        return pop();
    }

  private:
    friend class Inspector;
    void note(u8 priority) {
        occupied_ |= u64{1} << priority;
        if (priority > highest_) highest_ = priority;
    }
    void note_empty(unsigned priority) {
        occupied_ &= ~(u64{1} << priority);
        highest_ = 63 - std::countl_zero(occupied_);
    }

    std::array<WaitList, Thread::max_priority + 1> queues_;
    u64 occupied_ = 0;
    int highest_ = -1; // ready to be compared: the fast path does so on every reply
};

} // namespace pith::kernel
