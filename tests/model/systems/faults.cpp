#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// A handler with the debug right over a process of two threads, one of which may receive as well.
void set_up(Simulation& simulation) {
    const Program handler = start(simulation, 40, 20);
    const Program victim = start(simulation, 40, 10);
    const Program second = add_thread(simulation, victim, 15);
    const auto endpoint = make<Endpoint>(simulation);
    const auto bell = make<Notification>(simulation);
    give(handler, *endpoint);
    give(handler, *victim.process);
    give(handler, *victim.thread);
    give(victim, *endpoint, calls_and_copies, 6);
    give(victim, *second.thread);
    give(victim, *bell);
}

using namespace abi;
using Calls = TypeList<ProcessSetFaultHandler, ProcessThread, ProcessReadMemory, ProcessWriteMemory,
                       ThreadStop, ThreadResume, ThreadReadRegisters, ThreadWriteRegisters, ThreadKill,
                       ThreadCancel, KeepReply, HandleClose, NotificationSignal, NotificationWait, Yield>;

} // namespace

extern const System faults{"faults", {.calls = calls(Calls{}), .objects = 20}, pages(256), set_up};

} // namespace pith::model
