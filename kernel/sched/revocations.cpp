#include "kernel/sched/revocations.h"

#include "kernel/kernel.h"
#include "kernel/object/endpoint.h"

namespace pith::kernel {

void Revocations::begin(Thread& thread, Slot& root, abi::Handle handle) {
    const Effort::Slice limit{kernel_.effort()};
    if (remove_derived(root, slice)) return;
    thread.revoking = handle;
    thread.unusual |= unusual::working;
    kernel_.note_change();
    under_way_.push_back(thread);
}

bool Revocations::go_on(Thread& thread) {
    // Another thread may have closed it: then what derived from it belongs to whatever it derived from.
    Slot* root = thread.process().handles().find(thread.revoking);
    if (root && !remove_derived(*root, slice)) {
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

void Revocations::pay_for_added() {
    const u32 twice = 2 * std::exchange(added_, 0);
    Thread* oldest = under_way_.front();
    if (!oldest) return;
    Slot* root = oldest->process().handles().find(oldest->revoking);
    if (!root || remove_derived(*root, twice)) oldest->revoke_link.unlink();
}

/// Always the first child: its own children take its place, so there is no tree to walk.
bool Revocations::remove_all(Children& children, u32 most, Error error) {
    for (; most > 0 && !children.empty() && !kernel_.effort().is_over(); --most) {
        kernel_.effort().spend(Effort::remove_handle);
        Slot& derived = *children.first;
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

void Revocations::remove(Slot& slot, Error error) {
    HandleTable& table = HandleTable::owner_of(slot);
    if (slot.kind() == abi::Kind::endpoint && slot.rights().has(abi::rights::endpoint::receive)) {
        // Whoever receives takes no place among the slot's users: that would cost the fast path.
        u32 asked = 0;
        for (Thread& receiver : static_cast<Endpoint&>(*slot.object).receivers()) {
            if (++asked % Effort::asked_a_step == 0) kernel_.effort().spend(1);
            if (receiver.use.handle == slot.name && &receiver.process().handles() == &table)
                kernel_.waits().end_receive(receiver, error);
        }
        kernel_.waits().tell_ended();
    }
    HandleTable::remove(slot);
}

} // namespace pith::kernel
