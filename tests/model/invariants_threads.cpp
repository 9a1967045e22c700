#include "tests/model/invariants.h"

#include <algorithm>

/// Who waits for what, who runs, and at which priority.
namespace pith::model {

namespace {

bool is_listed(const Thread& thread) { return WaitList::is_listed(thread); }

bool is_run_once(const Thread& thread, const Kernel& kernel) {
    u32 cores = 0;
    for (u32 i = 0; i < kernel.core_count(); ++i)
        cores += Inspector::cores(kernel)[i]->current == &thread ? 1 : 0;
    return cores == 1;
}

/// Links that a thread of each state has, and has not.
void check_links(Findings& findings, const Thread& thread, const Kernel& kernel) {
    const bool awaits_reply = thread.state == ThreadState::awaiting_reply;
    findings.expect(awaits_reply == (thread.server() || thread.reply),
                    "who awaits a reply and who owes it differ");
    findings.expect(!thread.server() || !thread.reply, "a reply is owed twice");
    findings.expect(!thread.server() || thread.server()->caller == &thread,
                    "a server that owes its caller nothing");
    findings.expect(!thread.reply || thread.reply->caller() == &thread, "a kept reply for somebody else");
    findings.expect(!thread.caller || thread.caller->server() == &thread,
                    "a caller that awaits nothing of its server");
    switch (thread.state) {
    case ThreadState::created:
    case ThreadState::ended:
        findings.expect(!is_listed(thread) && !thread.caller && !thread.self && !thread.process_link.linked(),
                        "a thread that is not alive is in a list");
        findings.expect(thread.reserved_count == 0, "a thread that is not alive has slots set aside");
        break;
    case ThreadState::running:
        findings.expect(!is_listed(thread), "the running thread is in a queue");
        findings.expect(is_run_once(thread, kernel), "a running thread that no core runs, or two do");
        break;
    case ThreadState::stopped:
        findings.expect((thread.unusual & unusual::stopped) != 0, "stopped by nobody");
        [[fallthrough]];
    case ThreadState::awaiting_reply:
    case ThreadState::sleeping: findings.expect(!is_listed(thread), "in a queue without reason"); break;
    case ThreadState::receiving:
        findings.expect(!thread.caller, "a receiver that owes a reply");
        [[fallthrough]];
    case ThreadState::ready:
    case ThreadState::calling:
    case ThreadState::sending:
    case ThreadState::synchronizing:
    case ThreadState::waiting: findings.expect(is_listed(thread), "waits in no queue"); break;
    }
}

void check_thread(Findings& findings, const Thread& thread, const Kernel& kernel) {
    check_links(findings, thread, kernel);
    const bool alive = thread.state != ThreadState::created && thread.state != ThreadState::ended;
    const bool dismissed = (thread.unusual & unusual::dismissed) != 0;
    findings.expect(!alive || (thread.self && thread.process_link.linked()),
                    "a living thread that its process does not have");
    const bool shall_end = dismissed || thread.process().stop_link.linked();
    findings.expect(!alive || !thread.process().ended || shall_end, "a process has ended without its thread");
    findings.expect(!alive || !dismissed || thread.state == ThreadState::running,
                    "a thread shall leave a core that does not run it");
    const bool has_deadline = !thread.deadline.is_never();
    findings.expect(has_deadline == Alarms::is_set(thread) &&
                        has_deadline == ((thread.unusual & unusual::deadline) != 0),
                    "a deadline that is kept in one place only");
    findings.expect(!has_deadline || (alive && thread.is_blocked()), "a deadline of who does not wait");
    if (!alive) return;
    const bool is_short = thread.reserved_count < thread.accepted_count;
    findings.expect(thread.reserved_count <= thread.accepted_count, "more slots set aside than wanted");
    findings.expect(is_short == ((thread.unusual & unusual::short_of_slots) != 0),
                    "slots are missing unnoticed");
    const bool native = (thread.unusual & unusual::native_call) != 0;
    const bool faulted = (thread.unusual & unusual::faulted) != 0;
    const bool doomed = faulted && !thread.is_blocked(); // ends its process when it runs
    const bool works = thread.work || thread.revoking || thread.mapping.process || thread.awaits_memory ||
                       thread.repeats || thread.budget_to_end;
    findings.expect((works || native || doomed) == ((thread.unusual & unusual::working) != 0),
                    "work that is kept in one place only");
    findings.expect(!faulted || doomed || thread.state == ThreadState::calling ||
                        thread.state == ThreadState::awaiting_reply,
                    "a fault that waits for no answer");
    const bool runs = thread.state == ThreadState::running;
    const auto runs_it = [&](const auto& core) { return core && core->current == &thread; };
    const auto core = std::ranges::find_if(Inspector::cores(kernel), runs_it);
    const bool summoned = runs && core != Inspector::cores(kernel).end() && (*core)->summoned;
    findings.expect((thread.home != nullptr) == ((thread.unusual & unusual::pinned) != 0),
                    "pinned in one place only");
    findings.expect(!runs || summoned || core == Inspector::cores(kernel).end() || thread.may_run_on(**core),
                    "a pinned thread runs elsewhere");
    findings.expect((thread.unusual & unusual::stopped) == 0 || thread.is_blocked() || summoned ||
                        thread.state == ThreadState::stopped,
                    "a stopped thread runs");
    findings.expect(thread.process().fault_handler.foreign == ((thread.unusual & unusual::foreign) != 0),
                    "a thread that is foreign by itself");
    findings.expect(thread.context.root == thread.process().space().root(),
                    "a thread in another's address space");
    const u8 wanted =
        thread.caller ? std::max(thread.base_priority, thread.caller->priority) : thread.base_priority;
    findings.expect(thread.priority >= wanted, "a server below its caller's priority");
    findings.expect(thread.priority <= wanted, "a priority higher than anybody lent");
}

} // namespace

void check_threads(Findings& findings, const Census& census, Kernel& kernel) {
    u64 ready = 0, at_endpoints = 0, waiting = 0, queued = 0, with_deadline = 0;
    census.each<Thread>([&](Thread& thread) {
        check_thread(findings, thread, kernel);
        ready += thread.state == ThreadState::ready ? 1 : 0;
        waiting += thread.state == ThreadState::waiting ? 1 : 0;
        at_endpoints += thread.state == ThreadState::calling || thread.state == ThreadState::sending ||
                                thread.state == ThreadState::receiving
                            ? 1
                            : 0;
        with_deadline += thread.deadline.is_never() ? 0 : 1;
    });
    u64 met = 0, waiters = 0, deadlines = 0;
    const auto count = [](const auto& list, u64& sum) {
        for (const Thread& thread : list) {
            static_cast<void>(thread);
            ++sum;
        }
    };
    census.each<Endpoint>([&](Endpoint& endpoint) {
        count(endpoint.receivers(), met);
        count(endpoint.callers(), met);
    });
    census.each<Notification>([&](Notification& notification) { count(notification.waiters(), waiters); });
    census.each<Queue>([&](Queue& queue) { count(queue.receivers(), waiters); });
    const auto count_ready = [&](const RunQueue& queue) {
        for (u64 occupied = Inspector::occupied(queue); occupied != 0; occupied &= occupied - 1)
            count(Inspector::queue(queue, static_cast<u32>(std::countr_zero(occupied))), queued);
    };
    count_ready(Inspector::shared(kernel.ready()));
    for (u32 i = 0; i < kernel.core_count(); ++i)
        count_ready(kernel.core(i).pinned);
    for (const Alarm& alarm : kernel.waits().alarms())
        deadlines += alarm.owner == Alarm::Owner::thread ? 1 : 0;
    findings.expect(ready == queued, "a ready thread that is in no run queue");
    findings.expect(met == at_endpoints, "a thread waits at no endpoint");
    findings.expect(waiters == waiting, "a thread waits at no notification and no queue");
    findings.expect(deadlines == with_deadline, "a deadline that nobody watches");
}

namespace {

/// What the simulated machine's core has its timer set to, and whether it is on its way into the kernel. The
/// real one's tells nobody.
template <class M, class L>
void check_machine(Findings& findings, M& machine, const L& local, const Core& core) {
    if constexpr (requires { local.interrupted; }) {
        const bool here = &core == &machine.this_core();
        findings.expect(core.armed == (here ? machine.armed : local.armed),
                        "the timer is set to something else");
        findings.expect(local.interrupted || !core.summoned, "a summons that is not on its way");
    }
}

/// A core between two entries.
void check_core(Findings& findings, Core& core, Kernel& kernel) {
    const int waiting = kernel.ready().highest_for(core);
    findings.expect(!core.current || core.current->state == ThreadState::running,
                    "a current thread that waits");
    core.note_loaded();
    findings.expect(core.loaded == (core.current ? &core.current->context : &core.idle),
                    "the wrong thread is loaded");
    // Unless some core is on its way into the kernel: then it looks, and summons the next one.
    bool somebody_comes = false;
    for (u32 i = 0; i < kernel.core_count(); ++i)
        somebody_comes |= kernel.core(i).summoned;
    findings.expect(core.current || waiting < 0 || somebody_comes || core.polls,
                    "idle while threads are ready");
    findings.expect(!core.current || waiting <= core.current->priority || somebody_comes || core.polls,
                    "a lower priority runs");
    findings.expect(!core.slice_is_timed || (!core.slice_end.is_never() && core.armed <= core.slice_end),
                    "a turn is limited, and the timer does not say so");
    const bool shares = core.current && waiting == core.current->priority;
    findings.expect(!shares || core.slice_is_timed || somebody_comes,
                    "a thread's turn never comes: its equal runs without a limit");
    findings.expect(!core.shall_flush || core.oldest_demand != 0, "a core is asked for nothing");
    findings.expect(core.oldest_demand == 0 || core.summoned, "a demand that the core will never hear of");
}

/// Returns the highest priority in it.
int check_run_queue(Findings& findings, const RunQueue& run_queue, const Core* home) {
    const u64 occupied = Inspector::occupied(run_queue);
    int highest = -1;
    for (u32 priority = 0; priority <= Thread::max_priority; ++priority) {
        const WaitList& queue = Inspector::queue(run_queue, priority);
        findings.expect(queue.empty() == ((occupied >> priority & 1) == 0),
                        "the run queue's bitmap is wrong");
        if (!queue.empty()) highest = static_cast<int>(priority);
        for (const Thread& thread : queue)
            findings.expect(thread.state == ThreadState::ready && thread.priority == priority &&
                                thread.home == home,
                            "a thread in the wrong run queue");
    }
    findings.expect(run_queue.highest() == highest, "a run queue's highest priority is another");
    return highest;
}

} // namespace

void check_scheduler(Findings& findings, Kernel& kernel, Machine& machine) {
    const int shared = check_run_queue(findings, Inspector::shared(kernel.ready()), nullptr);
    int highest = shared;
    u64 pinned = 0;
    for (u32 i = 0; i < kernel.core_count(); ++i) {
        highest = std::max(highest, check_run_queue(findings, kernel.core(i).pinned, &kernel.core(i)));
        pinned |= kernel.core(i).pinned.occupied();
    }
    findings.expect(Inspector::pinned(kernel.ready()) == pinned && kernel.ready().highest() == highest,
                    "the highest priority that is ready is another");
    const Instant next = kernel.waits().next_deadline();
    bool watched = next.is_never(), demands = false;
    for (u32 i = 0; i < kernel.core_count(); ++i) {
        Core& core = kernel.core(i);
        check_core(findings, core, kernel);
        check_machine(findings, machine, core.local, core);
        watched |= core.armed <= next;
        demands |= core.oldest_demand != 0;
    }
    findings.expect(watched, "nobody wakes who waits for a deadline");
    findings.expect(demands == kernel.summons().outstanding(),
                    "a demand is outstanding, or is not, in one place only");
    for (const Thread& thread : Inspector::waiters(kernel.summons()))
        findings.expect(demands && thread.state == ThreadState::synchronizing, "a thread waits for no core");
    Instant last{};
    const Alarm* first = nullptr;
    for (const Alarm& alarm : kernel.waits().alarms()) {
        if (!first) first = &alarm;
        findings.expect(last <= alarm.deadline, "deadlines out of order");
        last = alarm.deadline;
    }
    findings.expect(kernel.waits().alarms().first() == first, "another deadline than the first one is next");
}

} // namespace pith::model
