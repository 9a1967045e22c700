#pragma once

#include "abi/handle.h"
#include "kernel/object/badge.h"

namespace pith::kernel {

class Thread;
struct Slot;

/// Through which capability a thread waits, so that revoking it ends the wait. Belongs to the thread.
class SlotUse {
  public:
    SlotUse() = default;
    SlotUse(const SlotUse&) = delete;
    ~SlotUse() { end(); }

    /// The thread's last call or wait went through this handle of its process. All that the fast path notes.
    abi::Handle handle{};

    /// It waits now, in a queue: one of the slot's users. A message that waits carries the slot's badge.
    void begin(Slot& slot, Thread& thread);
    /// No longer one of the slot's users; its message is still the slot's badge's.
    void leave_slot(); // thread.h
    /// It no longer waits.
    void end() {
        leave_slot();
        badge_.reset();
    }

  private:
    friend class Inspector;
    Thread* next_ = nullptr;
    Thread** place_ = nullptr; // what points to this thread: the slot, or the user before it
    BadgeRef badge_;
};

} // namespace pith::kernel
