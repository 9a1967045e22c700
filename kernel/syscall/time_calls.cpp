#include "kernel/object/notification.h"
#include "kernel/object/timer.h"
#include "kernel/syscall/system_call.h"

namespace pith::kernel {

Result<abi::NewHandle> on(Caller& caller, const abi::TimerCreate& call) {
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::signal));
    Budget& payer = TRY(caller.payer(call.budget));
    return caller.hand_out(TRY(payer.make<Timer>(Ref{notification}, call.bits)));
}

Result<abi::Nothing> on(Caller& caller, const abi::TimerSet& call) {
    Timer& timer = TRY(caller.handles().get<Timer>(call.timer, abi::rights::timer::set));
    timer.set(call.deadline);
    return {};
}

Result<abi::TimerCancel::Reply> on(Caller& caller, const abi::TimerCancel& call) {
    Timer& timer = TRY(caller.handles().get<Timer>(call.timer, abi::rights::timer::set));
    const bool was_set = Alarms::is_set(timer);
    timer.set(Instant::never());
    return abi::TimerCancel::Reply{was_set};
}

Result<abi::NewHandle> on(Caller& caller, const abi::ClockPage&) {
    Memory& page = TRY(caller.kernel.clock_page());
    return caller.hand_out(Ref{page}, abi::rights::memory::read | abi::rights::copy);
}

} // namespace pith::kernel
