#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Priorities are lent along the chain.
void set_up_messages(Simulation& simulation) { start_chain(simulation, {10, 10, 20}); }
/// Clients of one priority take turns.
void set_up_turns(Simulation& simulation) { start_chain(simulation, {20, 10, 10}); }

using namespace abi;
using Calls = TypeList<HandleRevoke, Yield, Sleep, AcceptHandles, KeepReply, HandleClose, NotificationSignal,
                       NotificationWait, NotificationBind>;

} // namespace

extern const System messages{"messages", {.calls = calls(Calls{})}, pages(256), set_up_messages};
extern const System turns{"turns", {.calls = calls(Calls{})}, pages(256), set_up_turns};

} // namespace pith::model
