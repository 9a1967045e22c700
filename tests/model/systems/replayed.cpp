#include "tests/model/systems/set_up.h"

/// Systems that a program on the real machine can set up and lead through what happened in them here.
namespace pith::model {

namespace {

/// So that there are points in time that have passed.
void begin(Simulation& simulation) { simulation.machine().time = Instant{100}; }

/// A chain of servers, and who ends their waits.
void set_up_exchanges(Simulation& simulation) {
    begin(simulation);
    const Chain chain = start_chain(simulation, {9, 8, 8}, Badged::no);
    give(chain.middle, *chain.client.thread, abi::rights::thread::kill | abi::rights::copy);
}

/// Everything else that needs no device: queues, timers, memory, ends and who hears of them.
void set_up_objects(Simulation& simulation) {
    begin(simulation);
    const Program one = start(simulation, 40, 9);
    const Program second = add_thread(simulation, one, 8);
    const Program two = start(simulation, 40, 8);
    auto queue = Queue::create(simulation.kernel().root_budget(), 2);
    auto memory = simulation.kernel().root_budget().make<Memory>(pages(2));
    require(queue && memory && *(*memory)->fill(), "no memory for an object");
    const auto bell = make<Notification>(simulation);
    const auto endpoint = make<Endpoint>(simulation);
    give(one, **queue);
    give(one, **memory);
    give(one, *bell);
    give(one, *endpoint);
    give(one, *two.process);
    give(one, *second.thread);
    give(two, **queue, abi::rights::queue::send | abi::rights::copy);
    give(two, *endpoint, calls_and_copies);
    give(two, *bell);
    give(two, *one.process, abi::rights::process::grant | abi::rights::process::observe);
}

using namespace abi;
using ExchangeCalls =
    TypeList<Yield, Sleep, AcceptHandles, KeepReply, HandleClose, HandleCopy, HandleMint, HandleRevoke,
             NotificationSignal, NotificationWait, NotificationBind, ThreadCancel, ThreadKill>;
using ObjectCalls =
    TypeList<Yield, AcceptHandles, KeepReply, HandleClose, HandleCopy, HandleRevoke, EndpointCreate,
             NotificationCreate, NotificationSignal, NotificationWait, NotificationBind, QueueCreate,
             QueueSend, QueueReceive, QueueBind, TimerCreate, TimerSet, TimerCancel, MemoryCreate, MemoryInfo,
             MemorySlice, MemorySeal, MemoryMap, MemoryUnmap, MemoryProtect, ProcessObserve, ProcessStatus,
             ProcessKill, ProcessExit, ThreadExit, ThreadKill, ThreadCancel, ThreadObserve,
             ThreadSetPriority>;

const System exchanges{
    "exchanges", {.calls = calls(ExchangeCalls{}), .faults = false}, pages(256), set_up_exchanges};
const System objects{"objects", {.calls = calls(ObjectCalls{}), .faults = false}, pages(256), set_up_objects};

} // namespace

std::span<const System* const> replayed_systems() {
    static constexpr std::array all{&exchanges, &objects};
    return all;
}

} // namespace pith::model
