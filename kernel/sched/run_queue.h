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
    /// For a thread that was preempted: its turn is not over. It was in no queue.
    void push_front(Thread& thread) {
        queues_[thread.priority].push_front_new(thread);
        note(thread.priority);
    }
    /// `thread` is in this queue, at the priority that it has now.
    void remove(Thread& thread) {
        WaitList::remove(thread);
        note_left(thread.priority);
    }
    /// The first thread of that priority; there is one.
    [[nodiscard]] Thread& pop(unsigned priority) {
        Thread& thread = *queues_[priority].pop_front();
        note_left(priority);
        return thread;
    }
    [[nodiscard]] bool has(unsigned priority) const { return !queues_[priority].empty(); }
    /// A bit for each priority that has a thread.
    [[nodiscard]] u64 occupied() const { return occupied_; }
    [[nodiscard]] static int highest_of(u64 occupied) { return 63 - std::countl_zero(occupied); }
    /// The highest priority that has a thread, or -1.
    [[nodiscard]] int highest() const { return highest_of(occupied_); }

  private:
    friend class Inspector;
    void note(unsigned priority) { occupied_ |= u64{1} << priority; }
    void note_left(unsigned priority) {
        if (!has(priority)) occupied_ &= ~(u64{1} << priority);
    }

    std::array<WaitList, Thread::max_priority + 1> queues_;
    u64 occupied_ = 0;
};

} // namespace pith::kernel
