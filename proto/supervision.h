#pragma once

#include "os/client.h"

/// Ending processes by their number. Whoever starts processes and looks after them (init, the device server,
/// who mounts disks) ends one of these for a client that may ask; what follows is what follows any end.
namespace pith::proto::supervision {

/// Ends the process with this identity, as `ps` shows it. `not_found`: the receiver looks after no such one.
struct End {
    using Reply = os::Done;
    static constexpr bool repeatable = true; // identities are never used twice
    u64 process;
};

/// Part of the protocols of those who do other things as well.
struct Protocol {
    using Messages = TypeList<End>;
};
using Client = os::Client<Protocol>;

} // namespace pith::proto::supervision
