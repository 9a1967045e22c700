#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

constexpr PageCount ram = pages(256);
constexpr u32 cores = 2;

/// Two servers and a client, of which two run at a time.
void set_up_messages(Simulation& simulation) { start_chain(simulation, {10, 10, 20}); }

/// Who ends, stops or frees whom, while that one runs.
void set_up_lives(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 40, 10);
    const Program second = add_thread(simulation, two, 10);
    const auto endpoint = make<Endpoint>(simulation);
    const auto bell = make<Notification>(simulation);
    give(one, *endpoint);
    give(one, *two.process);
    give(one, *two.thread);
    give(two, *endpoint, calls_and_copies, 3);
    give(two, *one.thread);
    give(two, *second.thread);
    give(two, *bell);
}

/// Two threads in one address space, and a third that changes it from outside.
void set_up_memory(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    add_thread(simulation, one, 10);
    const Program two = start(simulation, 40, 10);
    auto budget = Budget::create(simulation.kernel().root_budget(), pages(8));
    require(budget.has_value(), "no memory for a budget");
    auto memory = (*budget)->make<Memory>(pages(2));
    require(memory && *(*memory)->fill(), "no memory for a memory object");
    give(one, **memory);
    give(one, *make<IoPorts>(simulation, 0x7fffu, 2u));
    give(two, **memory);
    give(two, *one.process);
    give(two, **budget);
}

/// One revokes while the other copies.
void set_up_capabilities(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 40, 10);
    const auto endpoint = make<Endpoint>(simulation);
    const auto bell = make<Notification>(simulation);
    give(one, *endpoint);
    lend(one, give(one, *bell), two);
    give(one, *two.process, abi::rights::process::grant);
    give(two, *endpoint, calls_and_copies, 4);
    give(two, *one.process, abi::rights::process::grant);
}

/// What wakes a core: deadlines, interrupts, signals, messages that nobody waits for.
void set_up_events(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 40, 20);
    const Program three = start(simulation, 40, 10);
    const auto bell = make<Notification>(simulation);
    auto queue = Queue::create(simulation.kernel().root_budget(), 1);
    require(queue.has_value(), "no memory for a queue");
    const auto line = make<Interrupt>(simulation, 4u);
    simulation.kernel().interrupts().claim(4, *line);
    auto timer = simulation.kernel().root_budget().make<Timer>(bell, u64{2});
    require(timer.has_value(), "no memory for a timer");
    give(one, *bell);
    give(one, **queue);
    give(one, **timer);
    give(two, *bell);
    give(two, *line);
    give(three, **queue);
    give(three, *bell, abi::rights::notification::signal);
}

/// One ends what the other lives on, while that one runs, and shares things with it that are paid from there.
void set_up_budgets(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 24, 10);
    add_thread(simulation, two, 10);
    Budget& budget = two.process->budget();
    const auto endpoint = *budget.make<Endpoint>();
    const auto bell = *budget.make<Notification>();
    const auto memory = *budget.make<Memory>(pages(2));
    require(memory->fill().value_or(false), "no memory for two pages");
    give(one, budget);
    give(one, *endpoint, calls_and_copies, 1);
    give(one, *bell);
    give(one, *memory);
    give(two, *endpoint);
    give(two, *bell);
    give(two, *memory);
}

using namespace abi;
using MessageCalls = TypeList<Yield, Sleep, AcceptHandles, KeepReply, HandleClose, NotificationSignal,
                              NotificationWait, NotificationBind>;
using LifeCalls =
    TypeList<Yield, ThreadExit, ProcessExit, ProcessKill, ThreadCreate, ThreadStart, ThreadSetPriority,
             ThreadSetCore, ThreadKill, ThreadCancel, ThreadStop, ThreadResume, ThreadReadRegisters,
             KeepReply, NotificationSignal, NotificationWait, HandleClose>;
using MemoryCalls = TypeList<Yield, MemoryCreate, MemoryMap, MemoryUnmap, MemoryProtect, BudgetReclaim,
                             IoPortsEnable, ProcessKill, ThreadExit, HandleClose>;
using CapabilityCalls = TypeList<Yield, HandleCopy, HandleMint, HandleRevoke, HandleClose, NotificationSignal,
                                 NotificationWait, AcceptHandles, ProcessExit>;
using BudgetCalls = TypeList<Yield, BudgetEnd, BudgetResize, BudgetObserve, MemoryMap, NotificationWait,
                             EndpointCreate, KeepReply, HandleClose>;
using EventCalls =
    TypeList<Yield, Sleep, TimerSet, TimerCancel, NotificationSignal, NotificationWait, QueueSend,
             QueueReceive, QueueBind, InterruptBind, InterruptAcknowledge, ThreadExit, HandleClose>;

} // namespace

extern const System cores_messages{
    "cores_messages", {.calls = calls(MessageCalls{}), .faults = false}, ram, set_up_messages, cores};
extern const System cores_lives{
    "cores_lives", {.calls = calls(LifeCalls{}), .objects = 18}, ram, set_up_lives, cores};
extern const System cores_memory{
    "cores_memory",
    {.calls = calls(MemoryCalls{}), .messages = false, .faults = false, .touches = true},
    ram,
    set_up_memory,
    cores};
extern const System cores_capabilities{"cores_capabilities",
                                       {.calls = calls(CapabilityCalls{}), .faults = false},
                                       ram,
                                       set_up_capabilities,
                                       cores};
extern const System cores_budgets{
    "cores_budgets",
    {.calls = calls(BudgetCalls{}), .faults = false, .touches = true, .handles = 9, .objects = 20},
    ram,
    set_up_budgets,
    cores};
extern const System cores_events{
    "cores_events",
    {.calls = calls(EventCalls{}), .messages = false, .faults = false, .line = 4},
    ram,
    set_up_events,
    cores};

} // namespace pith::model
