#include "kernel/kernel.h"

#include <algorithm>

/// Which thread runs. Highest priority first, round robin among equals; a thread that was preempted by a
/// higher one goes on where it was, with the rest of its slice's turn.
namespace pith::kernel {

void Kernel::make_ready(Thread& thread) {
    note_change();
    thread.state = ThreadState::ready;
    core(0).ready.push_back(thread); // the other cores idle
}

void Kernel::set_priority(Thread& thread, u8 priority) {
    note_change();
    for (Thread* next = &thread; next && next->priority != priority;) {
        const bool is_ready = next->state == ThreadState::ready;
        if (is_ready) core(0).ready.remove(*next);
        next->priority = priority; // callers keep the place that they queued at
        if (is_ready) core(0).ready.push_back(*next);
        next = next->server; // who serves it goes with it, and so on along a chain of calls
        if (next) priority = std::max(next->base_priority, priority);
    }
}

void Kernel::release_caller(Thread& server) {
    if (!server.caller) return;
    server.caller->server = nullptr;
    server.caller = nullptr;
    set_priority(server, server.base_priority);
}

Thread* Kernel::choose(Core& core) {
    Thread* current = core.current;
    const bool runs = current && current->state == ThreadState::running;
    if (core.ready.empty()) return runs ? current : nullptr;
    if (runs) {
        if (core.ready.highest() <= current->priority) return current;
        current->state = ThreadState::ready;
        core.ready.push_front(*current);
    }
    Thread& next = core.ready.pop();
    next.state = ThreadState::running;
    core.slice_end = Instant::never(); // a new turn
    return &next;
}

void Kernel::load(Core& core, ThreadContext& context) {
    if (core.loaded == &context) return;
    machine_.switch_context(core.local, *core.loaded, context);
    core.loaded = &context;
}

void Kernel::arm(Core& core) {
    Instant wanted = core.index == 0 ? waits_.next_deadline() : Instant::never();
    const bool shares = core.current && !core.ready.empty() && core.ready.highest() == core.current->priority;
    if (shares || (core.current && reclaimer_.has_work())) {
        if (core.slice_end.is_never()) core.slice_end = machine_.now() + time_slice;
        if (core.slice_end < wanted) wanted = core.slice_end;
    }
    if (wanted == core.armed) return;
    core.armed = wanted;
    machine_.arm_timer(wanted);
}

Exit Kernel::leave(Core& core) {
    core.note_loaded();
    changed_ = false;
    Thread* next = choose(core);
    if (next != core.current) {
        account(core.current, next);
        const u64 before = core.current ? core.current->process().id() : 0;
        core.current = next;
        trace(core, abi::TraceEvent::switched, before, next ? next->priority : 0);
    }
    if (!next) {
        load(core, core.idle);
        const bool busy = core.index == 0 && reclaimer_.has_work();
        if (busy) reclaimer_.step();
        arm(core);
        return {nullptr, busy ? Exit::Idle::poll : Exit::Idle::halt};
    }
    load(core, next->context);
    if (tracing_ != ((next->unusual & unusual::traced) != 0)) [[unlikely]]
        next->unusual ^= unusual::traced;
    if ((next->unusual & unusual::working) != 0 && !work(*next)) {
        arm(core);
        return {nullptr, Exit::Idle::poll};
    }
    arm(core);
    return {&next->context, Exit::Idle::halt};
}

bool Kernel::work(Thread& thread) {
    if (thread.revoking) return revocations_.go_on(thread);
    Registers& registers = thread.context.registers;
    const auto filled = thread.work->fill();
    if (filled && !*filled) return false;
    Ref<Memory> memory = std::exchange(thread.work, {});
    thread.unusual &= ~unusual::working;
    if (!filled) {
        if (reclaimer_.has_work()) { // memory is on its way: go on when it is there
            reclaimer_.finish();
            thread.work = std::move(memory);
            thread.unusual |= unusual::working;
            return false;
        }
        registers.answer(std::to_underlying(filled.error()));
        return true;
    }
    const auto handle = thread.process().handles().insert({Ref<Object>{*memory}, abi::rights::all});
    if (handle)
        registers.answer(0, {handle->raw});
    else
        registers.answer(std::to_underlying(handle.error()));
    return true;
}

} // namespace pith::kernel
