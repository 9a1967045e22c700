#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// A process of two threads that wait at the same things, and can end each other's waits; and a partner.
void set_up(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program second = add_thread(simulation, one, 20);
    const Program two = start(simulation, 40, 15);
    const auto endpoint = make<Endpoint>(simulation);
    const auto bell = make<Notification>(simulation);
    auto queue = Queue::create(simulation.kernel().root_budget(), 1);
    require(queue.has_value(), "no memory for a queue");
    lend(one, give(one, *endpoint), one, abi::rights::endpoint::receive | abi::rights::copy);
    lend(one, give(one, **queue), one, abi::rights::queue::receive | abi::rights::copy);
    give(one, *bell);
    give(one, *second.thread);
    give(two, *endpoint, calls_and_copies, 6);
    give(two, **queue, abi::rights::queue::send);
}

using namespace abi;
using Calls = TypeList<QueueSend, QueueReceive, ThreadCancel, HandleClose, HandleRevoke, NotificationWait,
                       Sleep, AcceptHandles, Yield>;

} // namespace

extern const System company{
    "company", {.calls = calls(Calls{}), .faults = false, .all_gifts = true}, pages(256), set_up};

} // namespace pith::model
