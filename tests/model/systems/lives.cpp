#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Two processes, one of two threads, with authority over each other's lives.
void set_up(Simulation& simulation) {
    const Program server = start(simulation, 40, 10);
    const Program client = start(simulation, 40, 20);
    const Program second = add_thread(simulation, client, 10);
    const auto endpoint = make<Endpoint>(simulation);
    const auto bell = make<Notification>(simulation);
    give(server, *endpoint);
    give(server, *client.thread);
    give(client, *endpoint, calls_and_copies, 3);
    give(client, *server.thread);
    give(client, *server.process);
    give(client, *second.thread);
    give(client, *bell);
}

using namespace abi;
using Calls = TypeList<Yield, ThreadExit, ProcessExit, ProcessKill, ProcessObserve, ProcessStatus,
                       ThreadCreate, ThreadStart, ThreadSetPriority, ThreadSetCore, ThreadKill, ThreadCancel,
                       ThreadObserve, KeepReply, NotificationSignal, NotificationWait, HandleClose>;

} // namespace

extern const System lives{"lives", {.calls = calls(Calls{}), .objects = 20}, pages(256), set_up};

} // namespace pith::model
