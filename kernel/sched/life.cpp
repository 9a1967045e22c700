#include "kernel/kernel.h"

#include <algorithm>

/// How threads and processes begin and end.
namespace pith::kernel {

void Kernel::start_thread(Thread& thread) {
    thread.self = Ref{thread};
    thread.id = next_thread_id();
    if (thread.process().fault_handler.foreign) thread.unusual |= unusual::foreign;
    thread.give_ports(thread.process().ports); // made perhaps before its process got them
    thread.process().threads.push_back(thread);
    thread.process().embryo_link.unlink();
    make_ready(thread);
}

void Kernel::end_thread(Thread& thread) {
    if (thread.state == ThreadState::ended) return;
    Core* core = core_that_runs(thread);
    if (core && core != &machine_.this_core()) return summons_.dismiss(thread, *core);
    const Ref<Thread> keep{thread};
    const bool started = thread.process_link.linked();
    note_change();
    if (thread.state == ThreadState::ready) ready_.remove(thread);
    thread.state =
        ThreadState::ended; // at once: it is in no queue any more that a change of priority would look in
    waits_.abandon(thread);
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
    thread.revoke_link.unlink();
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
    if (process.ended) return;
    for (const Thread& thread : process.threads)
        urgency = std::max<int>(urgency, thread.priority);
    const Ref<Process> keep{process};
    process.ended = true;
    process.reason = reason;
    process.urgency = urgency;
    constexpr u64 first_process = 1;
    if (process.id() == first_process) // nobody is left who could tell anybody
        log_.error("kernel", "the first process ended: kind {}, detail {}, at {:#x}",
                   std::to_underlying(reason.kind), reason.detail, reason.address);
    process.embryo_link.unlink();
    while (Process* embryo = process.embryos.front())
        end_process(*embryo, {.kind = abi::ExitKind::killed}, urgency);
    if (process.threads.empty()) return release_process(process);
    for (Thread& thread : process.threads)
        end_thread(thread);
}

void Kernel::release_process(Process& process) {
    process.left = true;
    for (u32 i = 0; i < core_count_; ++i)
        machine_.forget_ports(cores_[i]->local, process.ports);
    note_change();
    reclaimer_.take(process, process.urgency);
}

} // namespace pith::kernel
