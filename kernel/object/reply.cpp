#include "kernel/object/reply.h"

#include "kernel/kernel.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

Reply::Reply(Budget& payer, Thread& caller) : Object{object_kind, payer}, caller_{&caller} {
    caller.server = nullptr;
    caller.reply = this;
}

Reply::~Reply() {
    if (caller_) kernel().waits().cancel(*caller_, Error::dropped);
}

} // namespace pith::kernel
