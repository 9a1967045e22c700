#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Leaves so many slots free in the process's table, and no memory for more of them. What fills both has no
/// rights, so that no step touches it.
void leave_slots(Simulation& simulation, const Program& program, u32 count) {
    const auto nothing = make<kernel::System>(simulation);
    Budget& budget = program.process->budget();
    while (program.process->handles().handles_in_use() + count < HandleTable::handles_per_page) {
        const PageCount rest = std::min(budget.account().available(), pages(6));
        auto memory = budget.make<Memory>(rest); // in the slab that the message buffer's object lies in
        const bool fills = rest.raw > 0 && memory && (*memory)->fill();
        give(program, fills ? static_cast<Object&>(**memory) : *nothing, abi::rights::none);
    }
    require(budget.account().available().raw == 0, "memory is left");
}

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
