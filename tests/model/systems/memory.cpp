#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// A parent with a tight budget and what it makes out of it.
void set_up(Simulation& simulation) {
    const Program parent = start(simulation, 60, 10);
    const auto bell = make<Notification>(simulation);
    auto budget = Budget::create(simulation.kernel().root_budget(), pages(12));
    require(budget.has_value(), "no memory for a budget");
    give(parent, **budget);
    give(parent, *bell);
}

using namespace abi;
using Calls =
    TypeList<MemorySlice, MemorySeal, BudgetReclaim, ThreadSetRecovery, MemoryCreate, MemoryInfo, MemoryMap,
             MemoryUnmap, MemoryProtect, BudgetCreate, BudgetInfo, ProcessCreate, ProcessKill, ProcessObserve,
             ProcessStatus, ThreadCreate, ThreadStart, HandleCopy, HandleClose, EndpointCreate, Yield>;

} // namespace

extern const System memory{"memory", {.calls = calls(Calls{}), .messages = false}, pages(256), set_up};

} // namespace pith::model
