#include "kernel/syscall/system_call.h"

namespace pith::kernel {

namespace {
/// What a call's budget argument means: 0 is the process's own, which needs no right.
Result<std::reference_wrapper<Budget>> budget_of(const Caller& caller, abi::Handle handle,
                                                 abi::Rights rights) {
    if (!handle) return std::ref(caller.process.budget());
    return caller.handles().get<Budget>(handle, rights);
}
} // namespace

Result<abi::NewHandle> on(Caller& caller, const abi::BudgetCreate& call) {
    Budget& parent = TRY(budget_of(caller, call.parent, abi::rights::budget::split));
    if (call.frames.raw == 0) return fail(Error::bad_argument);
    return caller.hand_out(TRY(Budget::create(parent, call.frames)));
}

Result<abi::BudgetInfo::Reply> on(Caller& caller, const abi::BudgetInfo& call) {
    Budget& budget = TRY(budget_of(caller, call.budget, abi::rights::budget::inspect));
    return abi::BudgetInfo::Reply{budget.account().limit(), budget.account().used()};
}

Result<abi::Nothing> on(Caller& caller, const abi::BudgetReclaim& call) {
    Budget& budget = TRY(caller.handles().get<Budget>(call.budget, abi::rights::budget::reclaim));
    caller.kernel.reclaimer().end_memory_of(budget, caller.thread.priority);
    caller.kernel.note_change();
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::BudgetResize& call) {
    Budget& budget = TRY(caller.handles().get<Budget>(call.budget, abi::rights::budget::end));
    Budget& parent = TRY(budget_of(caller, call.parent, abi::rights::budget::split));
    if (budget.account().lender() != &parent.account() || call.frames.raw == 0)
        return fail(Error::bad_argument);
    TRY(budget.account().resize(call.frames));
    return {};
}

Result<abi::BudgetEnd::Reply> on(Caller& caller, const abi::BudgetEnd& call) {
    Budget& budget = TRY(caller.handles().get<Budget>(call.budget, abi::rights::budget::end));
    if (!budget.has_payer()) return fail(Error::bad_argument); // the machine's own
    const Ref<Budget> keep{budget};
    const Ref<Thread> thread{caller.thread}; // it may end itself
    caller.kernel.reclaimer().end(budget);
    caller.kernel.reclaimer().step();
    const bool has_ended = !budget.end_link.linked() && budget.account().used().raw == 0;
    if (has_ended || thread->state == ThreadState::ended) return abi::BudgetEnd::Reply{};
    thread->budget_to_end = keep;
    thread->unusual |= unusual::working;
    caller.kernel.note_change();
    return abi::BudgetEnd::Reply{};
}

Result<abi::Nothing> on(Caller& caller, const abi::BudgetObserve& call) {
    Budget& budget = TRY(budget_of(caller, call.budget, abi::rights::budget::inspect));
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::signal));
    budget.account().observer.replace(Ref{notification}, call.bits);
    budget.account().watch(caller.kernel.marks(), call.below);
    return {};
}

} // namespace pith::kernel
