#pragma once

#include "abi/call.h"
#include "base/address.h"

/// More calls about budgets; syscalls.h lists all of them.
namespace pith::abi {

/// Another limit for a child of `parent` (0 = the caller's own): what it has more comes from there, what it
/// has less goes back. `wrong_state` below what is in use, `no_memory` where the parent has too little,
/// `bad_argument` for another's child and for 0 frames.          budget: end, parent: split
struct BudgetResize {
    using Reply = Nothing;
    Handle parent;
    Handle budget;
    PageCount frames;
};
/// Ends all that the budget and the budgets made out of it have paid for, whoever holds it: processes and
/// threads, endpoints, memory wherever it is mapped, and every handle to these and to the budgets. Who waits
/// for them gets `closed`. The frames go to its parent. Returns when that is done. `kept` frames are still in
/// use, and follow when they come free: memory that a device reaches, and badges that others carry.
///                                                                       budget: end
struct BudgetEnd {
    struct Reply {
        PageCount kept;
    };
    Handle budget;
};
/// Signals bits, once, as soon as less than `below` frames of the budget are to be had: now, if it is so, and
/// when the budget ends. In place of what was to be signalled before.
///                                            budget: inspect, notification: signal
struct BudgetObserve {
    using Reply = Nothing;
    Handle budget;
    Handle notification;
    u64 bits;
    PageCount below;
};

} // namespace pith::abi
