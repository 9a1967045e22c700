#include "kernel/object/slot_use.h"

#include "kernel/object/slot.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

void SlotUse::begin(Slot& slot, Thread& thread) {
    place_ = &slot.users;
    next_ = std::exchange(slot.users, &thread);
    if (next_) next_->use.place_ = &next_;
    badge_ = BadgeRef{slot.record};
}

} // namespace pith::kernel
