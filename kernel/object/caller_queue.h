#pragma once

#include "kernel/object/thread.h"

namespace pith::kernel {

/// Threads whose message waits: by the priority that they came with, then arrival. Every operation takes
/// constant time: however many wait, the place for a new one is found by one step for each priority.
class CallerQueue {
  public:
    [[nodiscard]] bool empty() const { return threads_.empty(); }
    [[nodiscard]] Thread* front() const { return threads_.front(); }
    [[nodiscard]] auto begin() const { return threads_.begin(); }
    [[nodiscard]] auto end() const { return threads_.end(); }
    void push(Thread& thread);
    /// Out of the queue that the thread is in.
    static void remove(Thread& thread);

  private:
    friend class Inspector;
    WaitList threads_;
    List<Thread, &Thread::level_link> levels_; // the first thread of each priority
};

} // namespace pith::kernel
