#include "kernel/kernel.h"

#include <algorithm>

/// How threads and processes begin and end.
namespace pith::kernel {

void Kernel::start_thread(Thread& thread) {
    thread.self = Ref{thread};
    thread.id = next_thread_id();
    if (thread.process().fault_handler.foreign) thread.unusual |= unusual::foreign;
    thread.process().threads.push_back(thread);
    thread.process().embryo_link.unlink();
    make_ready(thread);
}

void Kernel::end_thread(Thread& thread) {
    if (thread.state == ThreadState::ended) return;
    Core* core = core_that_runs(thread);
    if (core && core != &machine_.this_core()) return summons_.dismiss(thread, *core);
    const Ref<Thread> keep{thread};
    --thread.process().thread_count;
    effort_.spend(Effort::end_thread);
    const bool started = thread.process_link.linked();
    note_change();
    if (thread.state == ThreadState::ready) ready_.remove(thread);
    waits_.abandon(thread);
    thread.state = ThreadState::ended; // it is in no queue any more that a change of priority would look in
    if (Thread* caller = thread.caller) waits_.cancel(*caller, Error::interrupted);

    if (core) {
        account(&thread, nullptr);
        core->note_loaded();
        core->current = nullptr;
        load(*core, core->idle);
    }
    thread.work.reset();
    if (thread.mapping.is_own && !thread.mapping.result) reclaimer_.take_change(*thread.mapping.process);
    thread.mapping = {};
    thread.awaits_memory = false;
    thread.repeats = false;
    thread.budget_to_end.reset();
    thread.revoke_link.unlink();
    thread.lent_link.unlink();
    Process& process = thread.process();
    for (; thread.reserved_count > 0; --thread.reserved_count)
        process.handles().unreserve(thread.reserved[thread.reserved_count - 1u]);
    thread.unmap_buffer();
    process.cpu_time.raw += thread.cpu_time.raw;
    process.fast_calls += thread.fast_calls;
    thread.process_link.unlink();
    thread.observer.signal();
    thread.observer.clear();
    thread.self.reset();
    if (!started || !process.threads.empty()) return;
    if (process.ended)
        release_process(process);
    else
        end_process(process, {}, thread.priority);
}

void Kernel::end_process(Process& process, ExitReason reason, int urgency) {
    if (process.ended) return hasten_end(process, urgency);
    const Ref<Process> keep{process};
    const Effort::Slice slice{effort_};
    process.ended = true;
    process.reason = reason;
    process.urgency = urgency;
    constexpr u64 first_process = 1;
    if (process.id() == first_process) // nobody is left who could tell anybody
        log_.error("kernel", "the first process ended: kind {}, detail {}, at {:#x}",
                   std::to_underlying(reason.kind), reason.detail, reason.address);
    process.embryo_link.unlink();
    // The thread that runs would go on otherwise, with what it has just asked for.
    if (Thread* current = machine_.this_core().current; current && &current->process() == &process) {
        process.urgency = std::max<int>(urgency, current->priority);
        end_thread(*current);
    }
    if (!stop_some(process)) reclaimer_.take_threads_of(process);
}

/// Somebody else wants its end, which is under way, or a thread of its own that still runs: that one `settle`
/// ends.
void Kernel::hasten_end(Process& process, int urgency) {
    note_change();
    process.urgency = std::max(process.urgency, urgency);
    if (process.stop_link.linked()) reclaimer_.raise_urgency(process.urgency);
}

bool Kernel::stop_some(Process& process) {
    const Effort::Slice slice{effort_};
    // Who waits for one of them must not wait for what is less urgent.
    process.urgency = std::max(process.urgency, highest_priority(process.threads));
    // Those that other cores have to end stand behind all others.
    const auto next = [&process] {
        Thread* thread = process.threads.front();
        return thread && !thread->told_to_end ? thread : nullptr;
    };
    while (next() && !effort_.is_over()) {
        const Ref<Thread> thread{*next()};
        thread->told_to_end = true;
        end_thread(*thread);
        if (thread->state == ThreadState::ended) continue;
        process.threads.remove(*thread);
        process.threads.push_back(*thread);
    }
    while (!process.embryos.empty() && !effort_.is_over())
        end_process(*process.embryos.front(), {.kind = abi::ExitKind::killed}, process.urgency);
    if (process.threads.empty() && !process.left) release_process(process);
    return !next() && process.embryos.empty();
}

void Kernel::release_process(Process& process) {
    process.left = true;
    process.space().deny_ports();
    note_change();
    reclaimer_.take(process, process.urgency);
}

} // namespace pith::kernel
