#include "kernel/object/caller_queue.h"

namespace pith::kernel {

void CallerQueue::push(Thread& thread) {
    thread.queued_at = this;
    thread.queued_priority = thread.priority;
    bool is_first = true;
    Thread* below = levels_.front();
    for (; below && below->queued_priority >= thread.priority; below = levels_.next(*below))
        is_first = below->queued_priority != thread.priority;
    if (below)
        WaitList::insert_before(*below, thread);
    else
        threads_.push_back(thread);
    if (!is_first) return;
    if (below)
        levels_.insert_before(*below, thread);
    else
        levels_.push_back(thread);
}

void CallerQueue::remove(Thread& thread) {
    CallerQueue& queue = *std::exchange(thread.queued_at, nullptr);
    Thread* next = queue.threads_.next(thread);
    if (thread.level_link.linked() && next && next->queued_priority == thread.queued_priority)
        queue.levels_.insert_before(thread, *next); // its successor
    thread.level_link.unlink();
    WaitList::remove(thread);
}

} // namespace pith::kernel
