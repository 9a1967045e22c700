#include "kernel/syscall/system_call.h"

#include <bit>

namespace pith::kernel {

Result<abi::NewHandle> on(Caller& caller, const abi::ProcessCreate& call) {
    Budget& payer = TRY(caller.payer(call.budget));
    const auto name = std::bit_cast<std::array<char, 16>>(std::array{call.name_low, call.name_high});
    Ref<Process> process = TRY(Process::create(payer, caller.kernel.next_process_id(), name));
    const auto handle = TRY(caller.hand_out(process));
    caller.process.embryos.push_back(*process);
    return handle;
}

Result<abi::Nothing> on(Caller& caller, const abi::ProcessKill& call) {
    Process& process = TRY(caller.handles().get<Process>(call.process, abi::rights::process::kill));
    const Ref<Thread> keep{caller.thread}; // it may be one of its threads
    caller.kernel.end_process(process, {.kind = abi::ExitKind::killed}, caller.thread.priority);
    if (process.stop_link.linked() && keep->state != ThreadState::ended) {
        repeat_later(caller); // more threads than one slice ends
        return {};
    }
    caller.kernel.summons().wait(*keep);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::ProcessObserve& call) {
    Process& process = TRY(caller.handles().get<Process>(call.process, abi::rights::process::observe));
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::signal));
    if (process.left)
        notification.signal(call.bits);
    else
        TRY(process.observer.set(Ref{notification}, call.bits));
    return {};
}

Result<abi::ProcessStatus::Reply> on(Caller& caller, const abi::ProcessStatus& call) {
    const Process& process = TRY(caller.handles().get<Process>(call.process, abi::rights::process::observe));
    if (!process.left) return fail(Error::wrong_state);
    return abi::ProcessStatus::Reply{std::to_underlying(process.reason.kind), process.reason.detail,
                                     process.reason.address};
}

} // namespace pith::kernel
