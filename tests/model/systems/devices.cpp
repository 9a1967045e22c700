#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// A driver, and somebody who works while it waits.
void set_up(Simulation& simulation) {
    const Program driver = start(simulation, 40, 20);
    const Program other = start(simulation, 40, 10);
    const auto system = make<kernel::System>(simulation);
    const auto bell = make<Notification>(simulation);
    auto budget = Budget::create(simulation.kernel().root_budget(), pages(2));
    require(budget.has_value(), "no memory for a budget");
    give(driver, **budget);
    give(driver, *system);
    give(driver, *bell);
    give(other, *system, abi::rights::system::list | abi::rights::copy);
    give(other, *bell, abi::rights::notification::signal);
}

using namespace abi;
using Calls = TypeList<InterruptCreate, InterruptBind, InterruptAcknowledge, IoPortsCreate, IoPortsEnable,
                       MemoryPhysical, LogWrite, LogRead, ProcessList, SystemInfo, SystemPower, TraceControl,
                       TraceRead, ClockRead, SetBases, NotificationWait, NotificationSignal, HandleClose,
                       ThreadCreate, ThreadStart, Yield>;

} // namespace

extern const System devices{
    "devices", {.calls = calls(Calls{}), .messages = false, .line = 4}, pages(256), set_up};

} // namespace pith::model
