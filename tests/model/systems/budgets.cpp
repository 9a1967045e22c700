#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Somebody who can end what another one lives on, and shares things with it that are paid from there.
void set_up(Simulation& simulation) {
    const Program parent = start(simulation, 40, 10);
    const Program child = start(simulation, 30, 10);
    auto between = Budget::create(parent.process->budget(), pages(20));
    require(between.has_value(), "no memory for a budget");
    Budget& budget = child.process->budget();
    const auto endpoint = *budget.make<Endpoint>();
    const auto bell = *budget.make<Notification>();
    const auto memory = *budget.make<Memory>(pages(2));
    require(memory->fill().value_or(false), "no memory for two pages");
    const auto other_bell = make<Notification>(simulation);
    give(parent, **between);
    give(parent, budget);
    give(parent, simulation.kernel().root_budget(), abi::rights::budget::end);
    give(parent, *bell);
    give(parent, *endpoint, calls_and_copies, 1);
    give(parent, *memory);
    give(parent, *parent.process, abi::rights::process::debug);
    give(child, *endpoint);
    give(child, *other_bell);
    give(child, *parent.process, abi::rights::process::observe);
}

/// All that ends with its budget, and that others have to do with.
using namespace abi;
using Calls = TypeList<BudgetEnd, BudgetResize, BudgetObserve, BudgetCreate, BudgetInfo, BudgetReclaim,
                       EndpointCreate, NotificationWait, NotificationBind, KeepReply, HandleMint, HandleClose,
                       MemoryMap, ProcessObserve, ProcessSetFaultHandler, ThreadCreate, Yield>;

} // namespace

extern const System budgets{
    "budgets", {.calls = calls(Calls{}), .handles = 9, .objects = 24}, pages(256), set_up};

} // namespace pith::model
