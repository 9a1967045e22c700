#include "kernel/object/endpoint.h"
#include "kernel/syscall/system_call.h"

#include <algorithm>

namespace pith::kernel {

namespace {

Result<u8> checked_priority(const Caller& caller, u64 priority) {
    // Nobody gives more than what the creator gave; the effective priority may be a caller's.
    if (priority > caller.thread.base_priority) return fail(Error::bad_argument);
    return static_cast<u8>(priority);
}

} // namespace

Result<abi::Nothing> on(Caller& caller, const abi::Yield&) {
    caller.kernel.make_ready(caller.thread);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadExit&) {
    caller.kernel.end_thread(caller.thread);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ProcessExit& call) {
    caller.kernel.end_process(caller.process, {.kind = abi::ExitKind::exited, .detail = call.status});
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::Sleep& call) {
    if (call.deadline > caller.kernel.machine().now())
        caller.kernel.waits().begin(caller.thread, ThreadState::sleeping, call.deadline);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::SetBases& call) {
    if (!is_user_address(call.fs) || !is_user_address(call.gs)) return fail(Error::bad_address);
    ThreadContext& context = caller.thread.context;
    // Out and in again: only switching loads what the context holds.
    caller.kernel.machine().switch_context(caller.core.local, context, caller.core.idle);
    context.fs_base = call.fs;
    context.gs_base = call.gs;
    caller.kernel.machine().switch_context(caller.core.local, caller.core.idle, context);
    return {};
}

Result<abi::NewHandle> on(Caller& caller, const abi::ThreadCreate& call) {
    Process& process = TRY(caller.target(call.process, abi::rights::process::run));
    const u8 priority = TRY(checked_priority(caller, call.priority));
    Budget& payer = TRY(caller.payer(call.budget));
    if (process.ended) return fail(Error::wrong_state);
    Ref<Thread> thread = TRY(Thread::create(payer, process, call.buffer, priority));
    thread->set_home(caller.thread.home);
    return caller.hand_out(std::move(thread));
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadStart& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::run));
    if (!is_user_address(call.entry) || !is_user_address(call.stack)) return fail(Error::bad_address);
    if (thread.state != ThreadState::created || thread.process().ended) return fail(Error::wrong_state);
    Registers& registers = thread.context.registers; // all 0 until now
    registers.rip = call.entry.raw;
    registers.rsp = call.stack.raw;
    registers.rdi = call.argument;
    registers.rflags = user_flags;
    caller.kernel.start_thread(thread);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadSetPriority& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::run));
    const u8 priority = TRY(checked_priority(caller, call.priority));
    thread.base_priority = priority;
    const u8 lent = thread.caller ? thread.caller->priority : u8{0};
    caller.kernel.set_priority(thread, std::max(priority, lent));
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadSetCore& call) {
    Thread& thread = call.thread ? TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::run))
                                 : std::ref(caller.thread);
    const bool any = call.core == abi::any_core;
    if (!any && call.core >= caller.kernel.core_count()) return fail(Error::bad_argument);
    if (thread.state == ThreadState::ended) return fail(Error::wrong_state);
    caller.kernel.pin(thread, any ? nullptr : &caller.kernel.core(static_cast<u32>(call.core)));
    caller.kernel.summons().wait(caller.thread); // until no other core runs it
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadKill& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::kill));
    const Ref<Thread> keep{caller.thread}; // it may be this one
    caller.kernel.end_thread(thread);
    caller.kernel.summons().wait(*keep);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadCancel& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::kill));
    if (!thread.is_blocked() || thread.state == ThreadState::ended) return fail(Error::wrong_state);
    if (thread.state == ThreadState::synchronizing) return fail(Error::wrong_state); // it is done soon
    if ((thread.unusual & unusual::faulted) != 0) return fail(Error::wrong_state);   // no wait of its own
    caller.kernel.waits().cancel(thread, Error::cancelled);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ThreadObserve& call) {
    Thread& thread = TRY(caller.handles().get<Thread>(call.thread, abi::rights::thread::observe));
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::signal));
    if (thread.state == ThreadState::ended)
        notification.signal(call.bits);
    else
        TRY(thread.observer.set(Ref{notification}, call.bits));
    return {};
}

} // namespace pith::kernel
