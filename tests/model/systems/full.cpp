#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// A process whose table is full and whose budget is empty, and that accepts handles; and a partner.
void set_up(Simulation& simulation) {
    const Program one = start(simulation, 20, 10);
    const Program two = start(simulation, 40, 15);
    const auto endpoint = make<Endpoint>(simulation);
    const auto answers = make<Endpoint>(simulation);
    auto queue = Queue::create(simulation.kernel().root_budget(), 1);
    require(queue.has_value(), "no memory for a queue");
    give(one, *endpoint);
    give(one, *answers, calls_and_copies, 2);
    give(one, **queue);
    auto memory = simulation.kernel().root_budget().make<Memory>(pages(2));
    require(memory && *(*memory)->fill(), "no memory for a memory object");
    give(one, **memory);
    give(one, *two.process);
    give(two, *endpoint, calls_and_copies, 3);
    give(two, *answers);
    give(two, **queue);
    give(two, *one.process, abi::rights::process::debug | abi::rights::process::grant);
    leave_slots(simulation, one, 0);
    one.thread->accepted_count = 1;
    one.thread->unusual |= unusual::short_of_slots;
}

using namespace abi;
using Calls = TypeList<QueueSend, QueueReceive, HandleClose, HandleCopy, HandleMint, MemorySlice, KeepReply,
                       ProcessThread, AcceptHandles, Yield>;

} // namespace

extern const System full{
    "full", {.calls = calls(Calls{}), .faults = false, .handles = 80}, pages(256), set_up};

} // namespace pith::model
