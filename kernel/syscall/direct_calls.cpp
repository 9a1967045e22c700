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

template <class... Call>
constexpr std::array<DirectCall*, 256> table_of(TypeList<Call...>) {
    static_assert(abi::first_call + sizeof...(Call) <= 256);
    std::array<DirectCall*, 256> table;
    table.fill(direct_call_unknown);
    ((table[abi::number_of<Call>] = make<Call>), ...);
    return table;
}

} // namespace

constinit const std::array<DirectCall*, 256> direct_calls = table_of(abi::Calls{});

} // namespace pith::kernel
