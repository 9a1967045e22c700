#include "kernel/syscall/arguments.h"
#include "kernel/syscall/faults.h"
#include "kernel/syscall/short_calls.h"
#include "kernel/syscall/system_call.h"

#include <array>
#include <utility>

/// System calls whose registers are all in the context: messages of every kind, and of ordinary calls those
/// that direct_calls.cpp leaves. Everything here follows from the list abi::Calls.
namespace pith::kernel {

namespace {

template <class Call>
void serve(Caller& caller) {
    const auto result = on(caller, call_of<Call>(caller.thread.context.registers.arguments()));
    if (!result) [[unlikely]]
        wait_for_memory(caller.kernel, caller.thread, result.error());
    const bool working = (caller.thread.unusual & unusual::working) != 0;
    if (caller.thread.is_blocked() || working) return; // answered when its wait or work ends
    Registers& registers = caller.thread.context.registers;
    if (result)
        registers.answer(0, words_of(*result));
    else
        registers.answer(std::to_underlying(result.error()));
}

template <class... Call>
constexpr auto make_table(TypeList<Call...>) {
    return std::array{&serve<Call>...};
}
constexpr auto table = make_table(abi::Calls{});

[[gnu::always_inline]] inline void dispatch(Caller caller) {
    const u64 number = caller.thread.context.registers.call_number();
    const u64 low = static_cast<u8>(number);
    caller.kernel.trace(caller.core, abi::TraceEvent::call, number, caller.thread.context.registers.rdi);
    if (low < abi::message_calls)
        send_message(caller, static_cast<abi::MessageCall>(low));
    else if (number - abi::first_call < table.size())
        table[number - abi::first_call](caller);
    else
        caller.thread.context.registers.answer(std::to_underlying(Error::unknown_call));
}

} // namespace

bool begin_wait_for_memory(Kernel& kernel, Thread& thread, Error error) {
    if (error != Error::no_memory || thread.awaits_memory || !kernel.reclaimer().has_work()) return false;
    thread.awaits_memory = true;
    thread.unusual |= unusual::working;
    kernel.note_change();
    return true;
}

void wait_for_memory(Kernel& kernel, Thread& thread, Error error) {
    static_cast<void>(begin_wait_for_memory(kernel, thread, error));
}

void repeat_later(const Caller& caller) {
    caller.thread.repeats = true;
    caller.thread.unusual |= unusual::working;
    caller.kernel.note_change();
}

[[gnu::always_inline]] inline Exit Kernel::system_call(Core& core) {
    const Ref<Thread> thread{*core.current}; // it may end itself
    if ((thread->unusual & unusual::foreign) != 0) [[unlikely]]
        raise_system_call(core, *thread);
    else
        dispatch({*this, core, *thread, thread->process()});
    revocations_.keep_pace();
    if (!changed_) [[likely]]
        return {&core.current->context, Exit::Idle::halt};
    return leave(core);
}

bool Kernel::repeat_call(Core& core, Thread& thread) {
    const Ref<Thread> keep{thread};
    thread.unusual &= ~unusual::working;
    thread.repeats = false;
    const bool awaited_memory = thread.awaits_memory;
    dispatch({*this, core, thread, thread.process()});
    if (awaited_memory) thread.awaits_memory = false;
    return !thread.is_blocked() && (thread.unusual & unusual::working) == 0;
}

bool Kernel::call_natively(Core& core, Thread& current) {
    const Ref<Thread> thread{current}; // it may end itself
    thread->unusual &= ~(unusual::working | unusual::native_call);
    thread->context.interrupted = false;
    dispatch({*this, core, *thread, thread->process()});
    return thread->state == ThreadState::running && (thread->unusual & unusual::working) == 0;
}

Exit kernel_system_call(Core& core) {
    const auto kernel = core.kernel.lock();
    const Thread* caller = core.current->caller;
    if (caller && (caller->unusual & unusual::faulted) != 0 && answer_directly(*kernel, core))
        return {&core.current->context, Exit::Idle::halt};
    return kernel->system_call(core);
}

Exit kernel_leave(Core& core) {
    Kernel& kernel = core.kernel.held();
    kernel.revocations().keep_pace();
    const Exit exit = kernel.leave(core);
    core.kernel.release();
    return exit;
}

} // namespace pith::kernel
