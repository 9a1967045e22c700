#pragma once

#include "kernel/sched/core.h"

#include <algorithm>

namespace pith::kernel {

class Kernel;

/// All threads that are ready: one queue of those that any core may run, and one for each core of those that
/// are pinned to it. Of equals in the two that a core takes from, each queue has its turn.
class ReadyThreads {
  public:
    explicit ReadyThreads(Kernel& kernel) : kernel_{kernel} {}

    /// Behind those of the same priority.
    void push_back(Thread& thread) {
        if (thread.home) [[unlikely]] {
            thread.home->pinned.push_back(thread);
            return note_pinned();
        }
        push_back_shared(thread);
    }
    /// The same, of one that any core may run.
    void push_back_shared(Thread& thread) {
        shared_.push_back(thread);
        if (thread.priority > highest_) highest_ = thread.priority;
    }
    /// For a thread that was preempted: its turn is not over.
    void push_front(Thread& thread) {
        (thread.home ? thread.home->pinned : shared_).push_front(thread);
        note_pinned();
    }
    /// The same, of one that has run until now and that any core may run.
    void push_front_shared(Thread& running) {
        shared_.push_front(running);
        if (running.priority > highest_) highest_ = running.priority;
    }
    /// `thread` is ready, at the priority and in the place that it has now.
    void remove(Thread& thread) {
        if (thread.home) [[unlikely]] {
            thread.home->pinned.remove(thread);
            return note_pinned();
        }
        shared_.remove(thread);
        note_left(thread.priority);
    }
    [[nodiscard]] bool empty() const { return highest_ < 0; }
    /// The highest priority that has a thread, wherever it may run, or -1: nobody has to look for anything
    /// higher.
    [[nodiscard]] int highest() const { return highest_; }
    [[nodiscard]] bool any_pinned() const { return pinned_ != 0; }
    /// Of those that this core may run.
    [[nodiscard]] int highest_for(const Core& core) const {
        return any_pinned() ? RunQueue::highest_of(shared_.occupied() | core.pinned.occupied()) : highest_;
    }
    /// The highest priority of those that any core may run.
    [[nodiscard]] int highest_shared() const { return any_pinned() ? shared_.highest() : highest_; }
    /// The first thread; there is one, and none is pinned.
    [[nodiscard]] Thread& pop_shared() {
        const auto priority = static_cast<unsigned>(highest_);
        Thread& thread = shared_.pop(priority);
        note_left(priority);
        return thread;
    }
    /// The same in exchange for a thread that runs, whose turn is not over and whose priority is lower.
    [[nodiscard]] Thread& exchange_shared(Thread& running) {
        shared_.push_front(running);
        return pop_shared();
    }
    /// The first thread that this core should run; there is one.
    [[nodiscard]] Thread& pop_for(Core& core) {
        RunQueue& queue = takes_pinned(core) ? core.pinned : shared_;
        Thread& thread = queue.pop(static_cast<unsigned>(queue.highest()));
        note_pinned();
        return thread;
    }

  private:
    friend class Inspector;
    [[nodiscard]] bool takes_pinned(Core& core) {
        const int shared = shared_.highest(), pinned = core.pinned.highest();
        if (shared != pinned) return pinned > shared;
        core.pinned_had_turn = !core.pinned_had_turn;
        return core.pinned_had_turn;
    }
    void note_left(unsigned priority) {
        if (!shared_.has(priority)) highest_ = RunQueue::highest_of(shared_.occupied() | pinned_);
    }
    void note_pinned(); ///< anything may have changed

    Kernel& kernel_;
    RunQueue shared_;
    int highest_ = -1; // of all: the fast path compares with it on every reply
    u64 pinned_ = 0;   // a bit for each priority that has a thread pinned to whichever core
};

} // namespace pith::kernel
