#include "kernel/object/budget.h"

#include "kernel/kernel.h"
#include "kernel/memory/address_space.h"
#include "kernel/object/badge.h"
#include "kernel/object/dma_domain.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/interrupt.h"
#include "kernel/object/io_ports.h"
#include "kernel/object/memory.h"
#include "kernel/object/notification.h"
#include "kernel/object/process.h"
#include "kernel/object/queue.h"
#include "kernel/object/reply.h"
#include "kernel/object/system.h"
#include "kernel/object/thread.h"
#include "kernel/object/timer.h"

namespace pith::kernel {

Budget::Budget(Kernel& owner, FrameAllocator& frames, FrameAccess access, PageCount limit)
    : Object{abi::Kind::budget}, owner_{owner}, account_{frames, access, limit}, slabs_{account_} {}

Budget::Budget(Budget& parent, PageCount limit)
    : Object{abi::Kind::budget, parent},
      owner_{parent.owner_},
      account_{parent.account_.allocator(), parent.account_.access(), limit, &parent.account_},
      slabs_{account_} {}

Budget::~Budget() {
    // The root has no payer and never ends while the kernel runs.
    account_.give_back();
}

Result<Ref<Budget>> Budget::create(Budget& parent, PageCount limit) {
    TRY(parent.account_.reserve(limit));
    auto child = parent.make<Budget>(limit);
    if (!child) parent.account_.release(limit);
    return child;
}

void Budget::close(const Budget* parent) {
    outermost_ = parent ? parent->outermost_ : &account_;
    account_.close(*outermost_, owner_.reclaimer().surpluses());
    account_.observer.signal(); // there is nothing left to be had
    account_.observer.clear();
}

} // namespace pith::kernel
