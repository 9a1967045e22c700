#include "kernel/syscall/system_call.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

/// From registers to a typed call and back: everything here follows from the list abi::Calls.
namespace pith::kernel {

namespace {

template <class Call>
Call arguments_of(const Registers& registers) {
    if constexpr (std::is_empty_v<Call>) {
        return {};
    } else {
        static_assert(sizeof(Call) <= 6 * sizeof(u64) && sizeof(Call) % sizeof(u64) == 0);
        std::array<u64, sizeof(Call) / sizeof(u64)> words;
        const auto all = registers.arguments();
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i] = all[i];
        return std::bit_cast<Call>(words);
    }
}

template <class Reply>
std::array<u64, 3> words_of(const Reply& reply) {
    std::array<u64, 3> words{};
    if constexpr (!std::is_empty_v<Reply>) {
        static_assert(sizeof(Reply) <= sizeof words && std::has_unique_object_representations_v<Reply>);
        std::memcpy(words.data(), &reply, sizeof reply);
    }
    return words;
}

/// What ended processes held is still being taken apart: that first, slice by slice, and then the call once
/// more, before it is refused.
[[gnu::noinline]] void wait_for_memory(const Caller& caller, Error error) {
    if (error != Error::no_memory || caller.thread.awaits_memory || !caller.kernel.reclaimer().has_work())
        return;
    caller.thread.awaits_memory = true;
    caller.thread.unusual |= unusual::working;
    caller.kernel.note_change();
}

template <class Call>
void serve(Caller& caller) {
    auto result = on(caller, arguments_of<Call>(caller.thread.context.registers));
    if (!result) [[unlikely]]
        wait_for_memory(caller, result.error());
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

[[gnu::always_inline]] inline Exit Kernel::system_call(Core& core) {
    const Ref<Thread> thread{*core.current}; // it may end itself
    if ((thread->unusual & unusual::foreign) != 0) [[unlikely]]
        raise_system_call(*thread);
    else
        dispatch({*this, core, *thread, thread->process()});
    revocations_.keep_pace();
    if (!changed_) [[likely]]
        return {&thread->context, Exit::Idle::halt};
    return leave(core);
}

bool Kernel::repeat_call(Core& core, Thread& thread) {
    const Ref<Thread> keep{thread};
    thread.unusual &= ~unusual::working;
    Caller caller{*this, core, thread, thread.process()};
    table[thread.context.registers.call_number() - abi::first_call](caller);
    thread.awaits_memory = false;
    return !thread.is_blocked() && (thread.unusual & unusual::working) == 0;
}

bool Kernel::call_natively(Core& core, Thread& current) {
    const Ref<Thread> thread{current}; // it may end itself
    thread->unusual &= ~(unusual::working | unusual::native_call);
    thread->context.interrupted = false;
    dispatch({*this, core, *thread, thread->process()});
    const bool runs = thread->state == ThreadState::running;
    if (core.current && !runs) { // it waits, or has given the core away
        account(core.current, nullptr);
        core.current = nullptr;
        load(core, core.idle);
    }
    // Where somebody else's turn may have come, the core chooses anew.
    return runs && (thread->unusual & unusual::working) == 0 && !changed_;
}

Exit kernel_system_call(Core& core) { return core.kernel.lock()->system_call(core); }

} // namespace pith::kernel
