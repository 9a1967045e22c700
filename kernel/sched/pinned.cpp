#include "kernel/kernel.h"

/// Threads that one core alone may run.
namespace pith::kernel {

void ReadyThreads::note_pinned() {
    pinned_ = 0;
    for (u32 i = 0; i < kernel_.core_count(); ++i)
        pinned_ |= kernel_.core(i).pinned.occupied();
    highest_ = RunQueue::highest_of(shared_.occupied() | pinned_);
}

void Kernel::make_unusual_ready(Thread& thread) {
    const bool is_stopped = (thread.unusual & unusual::stopped) != 0;
    thread.state = is_stopped ? ThreadState::stopped : ThreadState::ready;
    if (!is_stopped) ready_.push_back(thread);
}

/// `choose` where a thread is pinned: the one that runs, or one that is ready.
Thread* Kernel::choose_among_pinned(Core& core) {
    Thread* current = core.current;
    const bool runs = current && current->state == ThreadState::running;
    const int waiting = ready_.highest_for(core);
    if (waiting < 0) return runs ? current : nullptr;
    if (runs) {
        if (waiting <= current->priority) return current;
        current->state = ThreadState::ready;
        ready_.push_front(*current);
    }
    Thread& next = ready_.pop_for(core);
    next.state = ThreadState::running;
    core.begin_turn();
    return &next;
}

void Kernel::pin(Thread& thread, Core* home) {
    if (thread.home == home) return;
    note_change();
    const bool is_ready = thread.state == ThreadState::ready;
    if (is_ready) ready_.remove(thread);
    thread.set_home(home);
    if (is_ready) ready_.push_back(thread);
    Core* core = core_that_runs(thread);
    if (!core || !home || core == home) return;
    if (core == &machine_.this_core())
        make_ready(thread);
    else
        summons_.send_home(*core);
}

void Kernel::send_home(Core& core) {
    Thread& thread = *core.current;
    if (thread.state == ThreadState::running && !thread.may_run_on(core)) make_ready(thread);
}

/// Each other core that should run a thread that is pinned to it, or share its time with one.
void Kernel::call_for_pinned(const Core& here) {
    for (u32 i = 0; i < core_count_; ++i) {
        Core& core = *cores_[i];
        const int waiting = core.pinned.highest();
        if (&core == &here || waiting < 0) continue;
        if (!core.current || core.current->priority < waiting ||
            (core.current->priority == waiting && !core.slice_is_timed))
            summons_.call(core);
    }
}

} // namespace pith::kernel
