#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// A driver whose device uses memory, by addresses that the machine translates, and a second holder of its
/// authority.
void set_up(Simulation& simulation) {
    simulation.machine().translation_levels = 3;
    const Program driver = start(simulation, 40, 10);
    const Program other = start(simulation, 30, 10);
    const auto system = make<kernel::System>(simulation);
    const auto bell = make<Notification>(simulation);
    auto budget = Budget::create(simulation.kernel().root_budget(), pages(4));
    require(budget.has_value(), "no memory for a budget");
    auto memory = (*budget)->make<Memory>(pages(2));
    require(memory && *(*memory)->fill(), "no memory for a memory object");
    give(driver, *system);
    give(driver, *bell);
    give(driver, **memory);
    give(driver, **budget);
    give(other, *system);
    give(other, **memory, abi::rights::memory::read);
}

using namespace abi;
using Calls =
    TypeList<InterruptCreateMessage, InterruptBind, InterruptAcknowledge, DmaDomainCreate, DmaMap, DmaUnmap,
             DmaReset, DmaInfo, BudgetReclaim, HandleClose, HandleRevoke, ProcessExit, Yield>;

} // namespace

extern const System dma{
    "dma", {.calls = calls(Calls{}), .messages = false, .line = InterruptLines::lines}, pages(256), set_up};

} // namespace pith::model
