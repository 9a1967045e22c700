#include "kernel/sched/revocations.h"

#include "kernel/kernel.h"
#include "kernel/object/endpoint.h"

namespace pith::kernel {

void Revocations::begin(Thread& thread, Slot& root, abi::Handle handle) {
    const Effort::Slice limit{kernel_.effort()};
    u32 most = slice;
    if (remove_derived(root, most)) return;
    thread.revoking = handle;
    thread.unusual |= unusual::working;
    kernel_.note_change();
    under_way_.push_back(thread);
}

bool Revocations::go_on(Thread& thread) {
    // Another thread may have closed it: then what derived from it belongs to whatever it derived from.
    Slot* root = thread.process().handles().find(thread.revoking);
    u32 most = slice;
    if (root && !remove_derived(*root, most)) {
        // Its owner went on to copy after all others were gone.
        if (!thread.revoke_link.linked()) under_way_.push_back(thread);
        return false;
    }
    thread.revoke_link.unlink();
    thread.revoking = {};
    thread.unusual &= ~unusual::working;
    thread.context.registers.answer(root ? 0 : std::to_underlying(Error::bad_handle));
    return true;
}

void Revocations::pay() {
    const Effort::Slice limit{kernel_.effort()};
    Thread* oldest = under_way_.front();
    Slot* root = oldest ? oldest->process().handles().find(oldest->revoking) : nullptr;
    if (root && !remove_derived(*root, debt_)) return;
    debt_ = 0;
    if (oldest) oldest->revoke_link.unlink();
}

/// Always the first child: its own children take its place, so there is no tree to walk.
bool Revocations::remove_all(Children& children, u32& most, Error error) {
    for (; most > 0 && !children.empty() && !kernel_.effort().is_over(); --most) {
        Slot& derived = *children.first;
        if (!can_remove(derived)) return false;
        kernel_.effort().spend(Effort::remove_handle);
        Thread* user = derived.users;
        if (!user)
            remove(derived, error);
        else if (user->use.handle.generation() == derived.generation())
            kernel_.waits().cancel(*user, error);
        else
            user->use.leave_slot(); // waits through what was in this slot before, and was closed
    }
    return children.empty();
}

/// Null: nobody does so by this capability.
Process* Revocations::who_may_receive(Slot& slot) {
    const bool may = slot.kind() == abi::Kind::endpoint && slot.rights().has(abi::rights::endpoint::receive);
    return may ? HandleTable::owner_of(slot).process() : nullptr;
}

/// Within the slice: all of a process's threads are asked at once, which the slice alone has room for.
bool Revocations::can_remove(Slot& slot) const {
    static_assert(Process::max_threads / Effort::asked_a_step < Effort::slice);
    const Process* process = who_may_receive(slot);
    return !process || process->thread_count / Effort::asked_a_step <= kernel_.effort().left();
}

void Revocations::remove(Slot& slot, Error error) {
    if (Process* process = who_may_receive(slot)) {
        // Whoever receives takes no place among the slot's users: that would cost the fast path.
        kernel_.effort().spend(process->thread_count / Effort::asked_a_step);
        for (Thread& thread : process->threads)
            if (thread.state == ThreadState::receiving && thread.use.handle == slot.name)
                kernel_.waits().end_receive(thread, error);
        kernel_.waits().tell_ended();
    }
    HandleTable::remove(slot);
}

} // namespace pith::kernel
