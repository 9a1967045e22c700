#pragma once

#include "kernel/object/slot.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

class Kernel;

/// Removes all that was derived from a capability, in bounded slices at the priority of who asked for it. It
/// ends against those who copy faster than that: while a revocation is under way, a call that adds
/// capabilities, or waits through them, removes twice as many of what the oldest one has left before it
/// returns.
class Revocations {
  public:
    static constexpr u32 slice = 32;

    explicit Revocations(Kernel& kernel) : kernel_{kernel} {}

    /// The first slice of `thread`'s HandleRevoke. Unless that was all, the thread is `working` then.
    void begin(Thread& thread, Slot& root, abi::Handle handle);
    /// The next slice; true, and the call answered, when that was the last.
    [[nodiscard]] bool go_on(Thread& thread);

    [[nodiscard]] bool under_way() const { return !under_way_.empty(); }
    /// Removes capabilities to an object that ends, those that derive from no other one first; who waits
    /// through them gets `closed`. True when none are left.
    [[nodiscard]] bool remove_capabilities(Object& object, u32 most) {
        return remove_all(object.capabilities(), most, Error::closed);
    }

    /// The call under way added something that a revocation may have to remove.
    void added(); // kernel.h
    /// At the end of every call that may have added something: who made it goes on when that is paid for.
    void keep_pace(); // kernel.h
    [[nodiscard]] bool in_debt() const { return debt_ != 0; }
    /// A slice of that. The kernel goes on while there is any.
    void pay();

  private:
    friend class Inspector;
    [[nodiscard]] bool remove_derived(Slot& root, u32& most) {
        return remove_all(root.children, most, Error::revoked);
    }
    [[nodiscard]] bool remove_all(Children& children, u32& most, Error error);
    [[nodiscard]] bool can_remove(Slot& slot) const;
    void remove(Slot& slot, Error error);
    [[nodiscard]] static Process* who_may_receive(Slot& slot);

    Kernel& kernel_;
    List<Thread, &Thread::revoke_link> under_way_; // the oldest first
    u32 debt_ = 0; // capabilities that have to go before those that have added some go on
};

} // namespace pith::kernel
