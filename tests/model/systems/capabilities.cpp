#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Two processes that hand capabilities to each other.
void set_up(Simulation& simulation) {
    const Program one = start(simulation, 26, 10);
    const Program two = start(simulation, 26, 10);
    const auto endpoint = make<Endpoint>(simulation);
    give(one, *endpoint);
    give(one, *two.process, abi::rights::process::grant);
    give(two, *endpoint, calls_and_copies, 4);
    leave_slots(simulation, two, 2);
}

using namespace abi;
using Calls =
    TypeList<HandleRevoke, HandleClose, HandleCopy, HandleMint, HandleInfo, EndpointCreate,
             NotificationCreate, NotificationBind, NotificationSignal, KeepReply, AcceptHandles, Yield>;

} // namespace

extern const System capabilities{"capabilities", {.calls = calls(Calls{})}, pages(256), set_up};

} // namespace pith::model
