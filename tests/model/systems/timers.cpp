#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Two processes that set timers, and sleep.
void set_up(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 40, 20);
    const auto bell = make<Notification>(simulation);
    const auto endpoint = make<Endpoint>(simulation);
    give(one, *bell);
    give(one, *endpoint);
    give(two, *bell, abi::rights::notification::signal);
    give(two, *endpoint, calls_and_copies, 7);
}

using namespace abi;
using Calls = TypeList<TimerCreate, TimerSet, TimerCancel, ClockPage, Sleep, NotificationWait,
                       NotificationBind, HandleClose, KeepReply, Yield>;

} // namespace

extern const System timers{"timers", {.calls = calls(Calls{})}, pages(256), set_up};

} // namespace pith::model
