#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// A server, a client of it that is also a server, a client of that, and a bell.
void set_up_chain(Simulation& simulation, u8 server_priority, u8 client_priority) {
    const Program server = start(simulation, 40, server_priority);
    const Program middle = start(simulation, 40, 10);
    const Program client = start(simulation, 40, client_priority);
    const auto front = make<Endpoint>(simulation);
    const auto back = make<Endpoint>(simulation);
    const auto bell = make<Notification>(simulation);
    give(server, *back);
    give(server, *bell);
    give(middle, *front);
    give(middle, *back, calls_and_copies, 1);
    give(client, *front, calls_and_copies, 2);
    give(client, *bell);
}
/// Priorities are lent along the chain.
void set_up_messages(Simulation& simulation) { set_up_chain(simulation, 10, 20); }
/// Clients of one priority take turns.
void set_up_turns(Simulation& simulation) { set_up_chain(simulation, 20, 10); }

using namespace abi;
using Calls = TypeList<HandleRevoke, Yield, Sleep, AcceptHandles, KeepReply, HandleClose, NotificationSignal,
                       NotificationWait, NotificationBind>;

} // namespace

extern const System messages{"messages", {.calls = calls(Calls{})}, pages(256), set_up_messages};
extern const System turns{"turns", {.calls = calls(Calls{})}, pages(256), set_up_turns};

} // namespace pith::model
