#include "tests/model/systems.h"

namespace pith::model {

namespace {

using Program = Simulation::Program;

template <class... Call>
constexpr std::bitset<256> calls(TypeList<Call...>) {
    std::bitset<256> all;
    (all.set(abi::number_of<Call>), ...);
    return all;
}

abi::Handle give(const Program& program, Object& object, abi::Rights rights = abi::rights::all,
                 u64 badge = 0) {
    const auto handle = program.process->handles().insert({Ref<Object>{object}, rights, badge});
    require(handle.has_value(), "no room for a handle");
    return *handle;
}

/// A process with a budget of its own, and one thread.
Program start(Simulation& simulation, u64 frames, u8 priority) {
    Kernel& kernel = simulation.kernel();
    auto budget = Budget::create(kernel.root_budget(), pages(frames));
    require(budget.has_value(), "no memory for a budget");
    auto process = Process::create(**budget, kernel.next_process_id(), {'p'});
    require(process.has_value(), "no memory for a process");
    auto thread = Thread::create(**budget, **process, VirtAddr{0x10000}, priority);
    require(thread.has_value(), "no memory for a thread");
    kernel.start_thread(**thread);
    return {*process, *thread};
}

Program add_thread(Simulation& simulation, const Program& program, u8 priority) {
    auto thread = Thread::create(program.process->budget(), *program.process, VirtAddr{0x3'0000}, priority);
    require(thread.has_value(), "no memory for a thread");
    simulation.kernel().start_thread(**thread);
    return {program.process, *thread};
}

template <class T, class... A>
Ref<T> make(Simulation& simulation, A... arguments) {
    auto object = simulation.kernel().root_budget().make<T>(arguments...);
    require(object.has_value(), "no memory for an object");
    return *object;
}

constexpr abi::Rights calls_and_copies = abi::rights::endpoint::call | abi::rights::copy;

/// Leaves so many slots free in the process's table, and no memory for more of them. What fills both has no
/// rights, so that no step touches it.
void leave_slots(Simulation& simulation, const Program& program, u32 count) {
    const auto nothing = make<kernel::System>(simulation);
    Budget& budget = program.process->budget();
    while (program.process->handles().handles_in_use() + count < HandleTable::handles_per_page) {
        const PageCount rest = std::min(budget.account().available(), pages(6));
        auto memory = budget.make<Memory>(rest); // in the slab that the message buffer's object lies in
        const bool fills = rest.raw > 0 && memory && (*memory)->fill();
        give(program, fills ? static_cast<Object&>(**memory) : *nothing, abi::rights::none);
    }
    require(budget.account().available().raw == 0, "memory is left");
}

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

/// Two processes, one of two threads, with authority over each other's lives.
void set_up_lives(Simulation& simulation) {
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

/// Two processes that hand capabilities to each other.
void set_up_capabilities(Simulation& simulation) {
    const Program one = start(simulation, 26, 10);
    const Program two = start(simulation, 26, 10);
    const auto endpoint = make<Endpoint>(simulation);
    give(one, *endpoint);
    give(one, *two.process, abi::rights::process::grant);
    give(two, *endpoint, calls_and_copies, 4);
    leave_slots(simulation, two, 2);
}

/// A parent with a tight budget and what it makes out of it.
void set_up_memory(Simulation& simulation) {
    const Program parent = start(simulation, 60, 10);
    const auto bell = make<Notification>(simulation);
    auto budget = Budget::create(simulation.kernel().root_budget(), pages(12));
    require(budget.has_value(), "no memory for a budget");
    give(parent, **budget);
    give(parent, *bell);
}

/// A driver, and somebody who works while it waits.
void set_up_devices(Simulation& simulation) {
    const Program driver = start(simulation, 40, 20);
    const Program other = start(simulation, 40, 10);
    const auto system = make<kernel::System>(simulation);
    const auto bell = make<Notification>(simulation);
    give(driver, *system);
    give(driver, *bell);
    give(other, *system, abi::rights::system::list | abi::rights::copy);
    give(other, *bell, abi::rights::notification::signal);
}

/// Two processes that hand things to each other without waiting.
void set_up_queues(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 40, 10);
    auto queue = Queue::create(simulation.kernel().root_budget(), 2);
    require(queue.has_value(), "no memory for a queue");
    const auto bell = make<Notification>(simulation);
    const auto endpoint = make<Endpoint>(simulation);
    give(one, **queue);
    give(one, *endpoint);
    give(one, *bell);
    give(two, **queue, abi::rights::queue::send | abi::rights::copy);
    give(two, *endpoint, calls_and_copies, 6);
    give(two, *bell);
    give(two, *one.process, abi::rights::process::kill);
}
/// A handler with the debug right over a process of two threads, one of which may receive as well.
void set_up_faults(Simulation& simulation) {
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

/// A driver whose device uses memory, by addresses that the machine translates, and a second holder of its
/// authority.
void set_up_dma(Simulation& simulation) {
    simulation.machine().translation_levels = 3;
    const Program driver = start(simulation, 40, 10);
    const Program other = start(simulation, 30, 10);
    const auto system = make<kernel::System>(simulation);
    const auto bell = make<Notification>(simulation);
    auto memory = simulation.kernel().root_budget().make<Memory>(pages(2));
    require(memory && *(*memory)->fill(), "no memory for a memory object");
    give(driver, *system);
    give(driver, *bell);
    give(driver, **memory);
    give(other, *system);
    give(other, **memory, abi::rights::memory::read);
}

/// Two processes that set timers, and sleep.
void set_up_timers(Simulation& simulation) {
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
using MessageCalls = TypeList<HandleRevoke, Yield, Sleep, AcceptHandles, KeepReply, HandleClose,
                              NotificationSignal, NotificationWait, NotificationBind>;
using LifeCalls = TypeList<Yield, ThreadExit, ProcessExit, ProcessKill, ProcessObserve, ProcessStatus,
                           ThreadCreate, ThreadStart, ThreadSetPriority, ThreadKill, ThreadCancel,
                           ThreadObserve, KeepReply, NotificationSignal, NotificationWait, HandleClose>;
using CapabilityCalls =
    TypeList<HandleRevoke, HandleClose, HandleCopy, HandleMint, HandleInfo, EndpointCreate,
             NotificationCreate, NotificationBind, NotificationSignal, KeepReply, AcceptHandles, Yield>;
using MemoryCalls =
    TypeList<MemorySlice, MemorySeal, BudgetReclaim, ThreadSetRecovery, MemoryCreate, MemoryInfo, MemoryMap,
             MemoryUnmap, MemoryProtect, BudgetCreate, BudgetInfo, ProcessCreate, ProcessKill, ProcessObserve,
             ProcessStatus, ThreadCreate, ThreadStart, HandleCopy, HandleClose, EndpointCreate, Yield>;
using DeviceCalls = TypeList<InterruptCreate, InterruptBind, InterruptAcknowledge, IoPortsCreate,
                             IoPortsEnable, MemoryPhysical, LogWrite, LogRead, ProcessList, SystemInfo,
                             SystemPower, TraceControl, TraceRead, ClockRead, SetBases, NotificationWait,
                             NotificationSignal, HandleClose, ThreadCreate, ThreadStart, Yield>;

using QueueCalls = TypeList<QueueCreate, QueueSend, QueueReceive, QueueBind, AcceptHandles, HandleCopy,
                            HandleMint, HandleClose, HandleRevoke, NotificationWait, ProcessKill, Yield>;
using DmaCalls = TypeList<InterruptCreateMessage, InterruptBind, InterruptAcknowledge, DmaDomainCreate,
                          DmaMap, DmaUnmap, DmaReset, DmaInfo, HandleClose, HandleRevoke, ProcessExit, Yield>;
using FaultCalls =
    TypeList<ProcessSetFaultHandler, ProcessThread, ProcessReadMemory, ProcessWriteMemory, ThreadStop,
             ThreadResume, ThreadReadRegisters, ThreadWriteRegisters, ThreadKill, ThreadCancel, KeepReply,
             HandleClose, NotificationSignal, NotificationWait, Yield>;

using TimerCalls = TypeList<TimerCreate, TimerSet, TimerCancel, ClockPage, Sleep, NotificationWait,
                            NotificationBind, HandleClose, KeepReply, Yield>;

const std::array<model::System, 10> all{{
    {"messages", {.calls = calls(MessageCalls{})}, pages(256), set_up_messages},
    {"turns", {.calls = calls(MessageCalls{})}, pages(256), set_up_turns},
    {"lives", {.calls = calls(LifeCalls{}), .objects = 20}, pages(256), set_up_lives},
    {"capabilities", {.calls = calls(CapabilityCalls{})}, pages(256), set_up_capabilities},
    {"memory", {.calls = calls(MemoryCalls{}), .messages = false}, pages(256), set_up_memory},
    {"faults", {.calls = calls(FaultCalls{}), .objects = 20}, pages(256), set_up_faults},
    {"devices", {.calls = calls(DeviceCalls{}), .messages = false, .line = 4}, pages(256), set_up_devices},
    {"queues", {.calls = calls(QueueCalls{}), .messages = false}, pages(256), set_up_queues},
    {"dma",
     {.calls = calls(DmaCalls{}), .messages = false, .line = InterruptLines::lines},
     pages(256),
     set_up_dma},
    {"timers", {.calls = calls(TimerCalls{})}, pages(256), set_up_timers},
}};

} // namespace

std::span<const model::System> systems() { return all; }

} // namespace pith::model
