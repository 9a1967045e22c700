#include "kernel/kernel.h"
#include "kernel/object/memory.h"
#include "kernel/syscall/faults.h"

/// System calls that take several slices: what is done of one each time that its thread would run.
namespace pith::kernel {

bool Kernel::work(Core& core, Thread& thread) {
    const Effort::Slice slice{effort_};
    if ((thread.unusual & unusual::native_call) != 0) return call_natively(core, thread);
    if ((thread.unusual & unusual::faulted) != 0) {
        end_process(thread.process(), fault_of(thread));
        return false;
    }
    if (thread.revoking) return revocations_.go_on(thread);
    if (thread.work) return work_on_memory(thread);
    if (thread.mapping.process) return work_on_mapping(core, thread);
    if (thread.budget_to_end) return work_on_ending(thread);
    if (thread.awaits_memory && reclaimer_.has_work()) {
        reclaimer_.step();
        return false;
    }
    return repeat_call(core, thread);
}

/// Until everything is back, or what is left is nothing that anybody could speed up.
bool Kernel::work_on_ending(Thread& thread) {
    Budget& budget = *thread.budget_to_end;
    const Account& account = budget.account();
    if (budget.end_link.linked() || account.used().raw > 0) {
        if (reclaimer_.has_work()) {
            reclaimer_.step(); // which may end this thread
            return false;
        }
        if (!std::exchange(thread.repeats, true)) summons_.wait(thread); // once: others ask for more
        if (thread.is_blocked()) return false;
    }
    thread.repeats = false;
    thread.unusual &= ~unusual::working;
    thread.context.registers.answer(0, {account.used().raw});
    thread.budget_to_end.reset();
    return true;
}

bool Kernel::work_on_memory(Thread& thread) {
    Registers& registers = thread.context.registers;
    const auto filled = thread.work->fill();
    if (!filled && reclaimer_.has_work()) { // memory is on its way
        reclaimer_.step();
        return false;
    }
    if (filled && !*filled) return false;
    const Ref<Memory> memory = std::exchange(thread.work, {});
    thread.unusual &= ~unusual::working;
    if (!filled) {
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

bool Kernel::work_on_mapping(Core& core, Thread& thread) {
    AddressSpace& space = thread.mapping.process->space();
    if (!thread.mapping.result && space.busy()) {
        space.step();
        if (!thread.mapping.result) return false;
    }
    const auto [process, is_own, result] = std::exchange(thread.mapping, {});
    if (!is_own) return repeat_call(core, thread); // it is its turn
    if (!result) panic("a change of an address space was forgotten");
    thread.unusual &= ~unusual::working;
    thread.context.registers.answer(*result ? 0 : std::to_underlying(result->error()));
    if (*result) summons_.wait(thread); // until no core can touch what was taken away
    return !thread.is_blocked();
}

} // namespace pith::kernel
