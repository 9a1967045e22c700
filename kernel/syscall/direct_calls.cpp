#include "kernel/sched/hand_over.h"
#include "kernel/syscall/arguments.h"
#include "kernel/syscall/short_calls.h"
#include "kernel/syscall/system_call.h"

#include <machine/any_value.h>
#include <machine/executing.h>

/// Ordinary calls as the entry code makes them: arguments and results stay in their registers, and no other
/// register is saved unless the thread is left. docs/architecture.md tells more. What is not ordinary takes
/// dispatch.cpp.
namespace pith::kernel {

namespace {

/// Whose calls are to be seen before they are done.
constexpr u32 is_watched = unusual::foreign | unusual::traced;

/// The scheduler has to look before the thread goes on, if it has not ended: what the entry code does not
/// save goes into its context.
template <class Call>
[[gnu::always_inline]] inline void put_down(const Call& call, u64 status, const std::array<u64, 3>& values) {
    Thread* thread = executing_core_anew().current;
    if (!thread) return;
    Registers& registers = thread->context.registers;
    if (thread->is_blocked() || (thread->unusual & unusual::working) != 0)
        registers.ask(abi::number_of<Call>, arguments_of(call)); // answered when its wait or work ends
    else
        registers.answer(status, values);
}

u64 end_of(Thread& thread) { return std::bit_cast<u64>(Machine::end_of(thread.context.registers)); }

template <class Call>
Answer make(u64 rdi, u64 rsi, u64 rdx, u64 r10, u64 r8, u64 r9) {
    Locked<Kernel>& lock = executing_kernel();
    if (!lock.try_acquire()) [[unlikely]] { // then a few instructions more do not matter
        executing_thread().context.registers.rax = abi::number_of<Call>;
        [[clang::musttail]] return direct_call_refused(rdi, rsi, rdx, r10, r8, r9);
    }
    Kernel& kernel = lock.held();
    auto& thread = static_cast<Thread&>(executing_thread());
    if ((thread.unusual & is_watched) != 0) [[unlikely]] {
        thread.context.registers.rax = abi::number_of<Call>;
        lock.release();
        [[clang::musttail]] return direct_call_refused(rdi, rsi, rdx, r10, r8, r9);
    }
    const Call call = call_of<Call>({rdi, rsi, rdx, r10, r8, r9});
    Caller caller{kernel, executing_core(), thread, thread.process()};
    const Result<typename Call::Reply> result = on(caller, call);
    if (!result) [[unlikely]]
        wait_for_memory(kernel, static_cast<Thread&>(executing_thread()), result.error());
    const u64 status = result ? 0 : std::to_underlying(result.error());
    const std::array<u64, 3> values = result ? words_of(*result) : std::array<u64, 3>{};
    if (kernel.has_changed()) [[unlikely]] {
        put_down(call, status, values);
        [[clang::musttail]] return direct_call_left({}, {}, {}, {}, {}, {});
    }
    lock.release();
    if constexpr (sizeof(typename Call::Reply) > sizeof(u64)) {
        [[clang::musttail]] return direct_call_answered(status, values[1], values[0], any_value(), values[2],
                                                        any_value());
    }
    return {status, values[0]};
}

/// NotificationSignal: where somebody of higher priority waits, the core goes straight there. What else is
/// not ordinary about it is left to the general case.
Answer signal(u64 rdi, u64 rsi, u64 rdx, u64 r10, u64 r8, u64 r9) {
    Locked<Kernel>& lock = executing_kernel();
    Kernel& kernel = lock.acquire();
    auto& thread = static_cast<Thread&>(executing_thread());
    const Slot* slot = HandleTable::find(thread.handles, {rdi}, Standing::may_signal);
    if (!slot || (thread.unusual & is_watched) != 0) [[unlikely]] {
        lock.release();
        [[clang::musttail]] return make<abi::NotificationSignal>(rdi, rsi, rdx, r10, r8, r9);
    }
    auto& notification = static_cast<Notification&>(*slot->object);
    Machine& machine = kernel.machine();
    if (switches(notification, rsi, thread) && machine.can_switch_in_call()) {
        Core& core = executing_core();
        Thread& next = kernel.give_way(core, thread, notification);
        machine.keep_return(core.local, thread.context);
        thread.context.registers.answer(0);
        const auto end = std::bit_cast<u64>(machine.switch_in_call(core.local, thread.context, next.context));
        // Another core may run this thread at once, so its registers are saved before the lock is given back.
        [[clang::musttail]] return direct_call_handed_over(end_of(thread), any_value(), rsi, end,
                                                           lock.own_lock().taken_byte(), any_value());
    }
    notification.signal(rsi);
    if (kernel.has_changed()) [[unlikely]] {
        put_down(abi::NotificationSignal{{rdi}, rsi}, 0, {});
        [[clang::musttail]] return direct_call_left({}, {}, {}, {}, {}, {});
    }
    lock.release();
    return {};
}

template <class... Call>
constexpr std::array<DirectCall*, 256> table_of(TypeList<Call...>) {
    static_assert(abi::first_call + sizeof...(Call) <= 256);
    std::array<DirectCall*, 256> table;
    table.fill(direct_call_unknown);
    ((table[abi::number_of<Call>] = make<Call>), ...);
    table[abi::number_of<abi::NotificationSignal>] = signal;
    return table;
}

} // namespace

constinit const std::array<DirectCall*, 256> direct_calls = table_of(abi::Calls{});

} // namespace pith::kernel
