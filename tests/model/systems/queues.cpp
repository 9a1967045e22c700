#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Two processes that hand things to each other without waiting.
void set_up(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 40, 10);
    auto queue = Queue::create(simulation.kernel().root_budget(), 2);
    require(queue.has_value(), "no memory for a queue");
    const auto bell = make<Notification>(simulation);
    const auto endpoint = make<Endpoint>(simulation);
    give(one, **queue);
    give(one, *endpoint);
    give(one, *bell);
    give(two, **queue, abi::rights::queue::send | abi::rights::copy);
    give(two, *endpoint, calls_and_copies, 6);
    give(two, *bell);
    give(two, *one.process, abi::rights::process::kill);
}

using namespace abi;
using Calls = TypeList<QueueCreate, QueueSend, QueueReceive, QueueBind, AcceptHandles, HandleCopy, HandleMint,
                       HandleClose, HandleRevoke, NotificationWait, ProcessKill, Yield>;

} // namespace

extern const System queues{"queues", {.calls = calls(Calls{}), .messages = false}, pages(256), set_up};

} // namespace pith::model
