#pragma once

#include "kernel/object/notification.h"
#include "kernel/syscall/system_call.h"

/// Calls that are shorter than a function call.
namespace pith::kernel {

inline Result<abi::ClockRead::Reply> on(Caller& caller, const abi::ClockRead&) {
    return abi::ClockRead::Reply{caller.kernel.machine().now()};
}

inline Result<abi::Nothing> on(Caller& caller, const abi::ThreadSetRecovery& call) {
    if (!is_user_address(call.address)) return fail(Error::bad_address);
    caller.thread.recovery = call.address;
    return {};
}

/// Not as many as are set aside already, or as shall be (handle_calls.cpp).
[[nodiscard, clang::preserve_most]] Result<abi::Nothing> set_aside(Thread& thread, u64 count);

inline Result<abi::Nothing> on(Caller& caller, const abi::AcceptHandles& call) {
    if (call.count != caller.thread.reserved_count || call.count != caller.thread.accepted_count) [[unlikely]]
        return set_aside(caller.thread, call.count);
    return {};
}

inline Result<abi::Nothing> on(Caller& caller, const abi::NotificationSignal& call) {
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::signal));
    notification.signal(call.bits);
    return {};
}

} // namespace pith::kernel
