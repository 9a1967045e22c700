#include "kernel/kernel.h"

#include <algorithm>
#include <utility>

/// Which thread runs. Highest priority first, round robin among equals; a thread that was preempted by a
/// higher one goes on where it was, with the rest of its slice's turn.
namespace pith::kernel {

Core* Kernel::core_that_runs(const Thread& thread) {
    for (u32 i = 0; i < core_count_; ++i)
        if (cores_[i]->current == &thread) return &*cores_[i];
    return nullptr;
}

void Kernel::stop_thread(Thread& thread) {
    note_change();
    thread.unusual |= unusual::stopped;
    if (Core* core = core_that_runs(thread)) return summons_.stop(*core);
    if (thread.state != ThreadState::ready) return;
    ready_.remove(thread);
    thread.state = ThreadState::stopped;
}

void Kernel::park(Core& core) {
    if (core.current->state != ThreadState::running) return; // it waits: `leave` goes on from there
    core.current->state = ThreadState::stopped;
    core.note_loaded();
    give_up(core);
}

/// The core runs nothing; the thread that it ran may go on elsewhere.
void Kernel::give_up(Core& core) {
    account(core.current, nullptr);
    core.current = nullptr;
    load(core, core.idle);
}

void Kernel::resume_thread(Thread& thread) {
    thread.unusual &= ~unusual::stopped;
    if (thread.state == ThreadState::stopped) make_ready(thread);
}

void Kernel::set_priority(Thread& thread, u8 priority) {
    note_change();
    u32 left = lent_at_once;
    for (Thread* next = &thread; next && next->priority != priority;) {
        if (left-- == 0) return lend_later(*next);
        const bool is_ready = next->state == ThreadState::ready;
        if (is_ready) ready_.remove(*next);
        next->priority = priority; // callers keep the place that they queued at
        if (is_ready) ready_.push_back(*next);
        next = next->server(); // who serves it goes with it, and so on along a chain of calls
        if (next) priority = std::max(next->base_priority, priority);
    }
}

void Kernel::lend_later(Thread& thread) {
    if (!thread.lent_link.linked()) lending_.push_back(thread);
    note_owed();
}

/// Goes on along chains of calls that are longer than what is lent at once.
void Kernel::lend_on() {
    const Effort::Slice slice{effort_};
    while (!lending_.empty() && !effort_.is_over()) {
        effort_.spend(lent_at_once / Effort::lent_a_step);
        Thread& thread = *lending_.pop_front();
        set_priority(thread, thread.caller ? std::max(thread.base_priority, thread.caller->priority)
                                           : thread.base_priority);
    }
}

void Kernel::release_caller(Thread& server) {
    if (!server.caller) return;
    server.caller = nullptr;
    set_priority(server, server.base_priority);
}

inline Thread* Kernel::choose(Core& core) {
    Thread* current = core.current;
    if (ready_.any_pinned()) [[unlikely]]
        return choose_among_pinned(core);
    Thread* next = nullptr;
    if (current && current->state == ThreadState::running) {
        if (ready_.highest() <= current->priority) return current;
        if (current->home) [[unlikely]]
            return choose_among_pinned(core);
        current->state = ThreadState::ready;
        next = &ready_.exchange_shared(*current);
    } else {
        if (ready_.empty()) return nullptr;
        next = &ready_.pop_shared();
    }
    next->state = ThreadState::running;
    core.begin_turn();
    return next;
}

void Kernel::load(Core& core, ThreadContext& context) {
    if (core.loaded == &context) return;
    machine_.switch_context(core.local, *core.loaded, context);
    core.loaded = &context;
}

/// `next` is not the current thread.
inline void Kernel::switch_to(Core& core, Thread* next) {
    core.note_loaded();
    account(core.current, next);
    const Thread* before = std::exchange(core.current, next);
    if (tracing_) [[unlikely]]
        note(core, abi::TraceEvent::switched, before ? before->process().id() : 0, next ? next->priority : 0);
    load(core, next ? next->context : core.idle);
}

/// The next deadline is watched by the core that comes upon it first, and by no other one.
void Kernel::arm(Core& core) {
    Instant wanted = waits_.next_deadline();
    watched_ = wanted;
    for (u32 i = 0; i < core_count_ && !wanted.is_never(); ++i)
        if (i != core.index && cores_[i]->armed <= wanted) wanted = Instant::never();
    const bool shares = core.current && ready_.highest_for(core) == core.current->priority;
    const bool is_limited = shares || (core.current && reclaimer_.has_work() && !reclaiming_);
    if (is_limited) {
        if (core.slice_end.is_never()) core.slice_end = machine_.now() + time_slice;
        if (core.slice_end < wanted) wanted = core.slice_end;
    }
    core.slice_is_timed = is_limited;
    if (wanted == core.armed) return;
    core.armed = wanted;
    machine_.arm_timer(wanted);
}

/// Whether this core, which has no thread to run, is the one that does the reclaimer's work.
bool Kernel::reclaims(Core& core) {
    if (reclaiming_ && reclaiming_ != &core) return false;
    reclaiming_ = reclaimer_.has_work() ? &core : nullptr;
    return reclaiming_ != nullptr;
}

/// Summons one core that should do something else than it does: run a thread that waits for a turn, or share
/// its time with it. It will summon the next one.
void Kernel::share_work(const Core& here) {
    if (core_count_ == 1) return;
    if (ready_.any_pinned()) [[unlikely]]
        call_for_pinned(here);
    const int waiting = ready_.highest_shared();
    const bool reclaim = reclaimer_.has_work() && !reclaiming_;
    if (waiting < 0 && !reclaim) return;
    Core* idle = nullptr;
    Core* lowest = nullptr;
    for (u32 i = 0; i < core_count_; ++i) {
        Core& core = *cores_[i];
        if (core.summoned) return;
        if (&core == &here) continue;
        if (!core.current) {
            idle = &core;
        } else if (core.current->priority < waiting ||
                   (core.current->priority == waiting && !core.slice_is_timed)) {
            if (!lowest || core.current->priority < lowest->current->priority) lowest = &core;
        }
    }
    if (Core* called = idle ? idle : lowest) summons_.call(*called);
}

/// Whether `settle` would find nothing to do: the timer is set to what it should be, nothing waits to be
/// done, and nobody has to be told. Asks only for words that say so, and may say no where there is nothing.
inline bool Kernel::is_settled(const Core& core, const Thread& next) const {
    const Instant deadline = waits_.next_deadline();
    const bool is_timed = core.armed == deadline || (core.armed.is_never() && deadline == watched_);
    return is_timed && ready_.highest() != next.priority && (core_count_ == 1 || ready_.empty()) &&
           !unsettled_ && !frames_.has_returned() && reclaiming_ == nullptr && !tracing_ &&
           (next.unusual & (unusual::working | unusual::traced)) == 0;
}

void Kernel::tell_marks() {
    while (Account* account = marks_.take()) {
        Observer& observer = static_cast<WatchedAccount&>(*account).observer;
        observer.signal();
        observer.clear();
    }
}

Exit Kernel::leave(Core& core) {
    changed_ = false;
    core.polls = false;
    if (core.summoned) [[unlikely]]
        summons_.answer(core);
    Thread* next = choose(core);
    if (next != core.current) switch_to(core, next);
    if (next && is_settled(core, *next)) [[likely]]
        return {&next->context, Exit::Idle::halt};
    return settle(core);
}

/// Nobody goes on by what is not yet so.
Exit Kernel::settle_what_is_owed(Core& core) {
    core.note_loaded();
    if (core.has_come_back) {
        const Effort::Slice slice{effort_};
        lend_on();
        waits_.tell_ended();
        revocations_.pay();
    }
    owes_ = !lending_.empty() || waits_.has_ended() || revocations_.in_debt();
    unsettled_ = true;
    arm(core);
    share_work(core);
    core.polls = true;
    return {nullptr, Exit::Idle::poll};
}

/// What is left to do once a core has what it shall run.
Exit Kernel::settle(Core& core) {
    if (!marks_.empty()) [[unlikely]] {
        tell_marks();
        return leave(core); // it may be somebody else's turn
    }
    if (owes_) [[unlikely]]
        return settle_what_is_owed(core);
    unsettled_ = reclaimer_.has_work();
    Thread* next = core.current;
    core.note_loaded();
    // One slice an entry: behind what else has been done in this one, interrupts are let in first.
    if (!next) {
        core.polls = reclaims(core);
        if (core.polls && core.has_come_back) reclaimer_.step();
        arm(core);
        share_work(core); // others' own threads
        return {nullptr, core.polls ? Exit::Idle::poll : Exit::Idle::halt};
    }
    if (reclaiming_ == &core) reclaiming_ = nullptr;
    if (tracing_ != ((next->unusual & unusual::traced) != 0)) [[unlikely]]
        next->unusual ^= unusual::traced;
    const bool urgent = reclaimer_.urgency() >= next->priority;
    const bool ends = next->process().ended; // more urgent than the end of its process, which is under way
    const bool is_working = (next->unusual & unusual::working) != 0;
    bool goes_on = !urgent && !ends && !is_working;
    if (!goes_on && core.has_come_back) {
        if (urgent)
            reclaimer_.step();
        else if (ends)
            end_thread(*next);
        else
            goes_on = work(core, *next) && !changed_; // it may have made somebody else ready
    }
    if (core.current && core.current->state != ThreadState::running) give_up(core); // it waits
    arm(core);
    share_work(core);
    core.polls = !goes_on;
    if (!goes_on) return {nullptr, Exit::Idle::poll};
    return {&next->context, Exit::Idle::halt};
}

} // namespace pith::kernel
