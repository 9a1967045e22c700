#include "kernel/object/reply.h"

#include "kernel/kernel.h"
#include "kernel/object/process.h"

namespace pith::kernel {

Reply::Reply(Budget& payer, Thread& caller) : Object{object_kind, payer}, caller_{&caller} {
    caller.last_server = nullptr;
    caller.reply = this;
    // Where the caller's process has closed it meanwhile, its badge is as gone as it will be.
    if (const Slot* slot = caller.process().handles().find(caller.use.handle))
        badge_ = BadgeRef{slot->record};
}

Reply::~Reply() {
    if (caller_) kernel().waits().cancel(*caller_, Error::dropped);
}

} // namespace pith::kernel
