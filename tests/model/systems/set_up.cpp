#include "tests/model/systems/set_up.h"

namespace pith::model {

abi::Handle give(const Program& program, Object& object, abi::Rights rights, u64 badge) {
    const auto handle = program.process->handles().insert({Ref<Object>{object}, rights, badge});
    require(handle.has_value(), "no room for a handle");
    return *handle;
}

abi::Handle lend(const Program& from, abi::Handle handle, const Program& to, abi::Rights rights) {
    auto capability = from.process->handles().copy(handle, rights);
    require(capability.has_value(), "a handle that cannot be copied");
    const auto copy = to.process->handles().insert(std::move(*capability));
    require(copy.has_value(), "no room for a handle");
    return *copy;
}

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

Chain start_chain(Simulation& simulation, ChainPriorities priorities, Badged badged) {
    Chain chain{start(simulation, 40, priorities.server), start(simulation, 40, priorities.middle),
                start(simulation, 40, priorities.client)};
    const auto front = make<Endpoint>(simulation);
    const auto back = make<Endpoint>(simulation);
    const auto bell = make<Notification>(simulation);
    const bool has_badges = badged == Badged::yes;
    give(chain.server, *back);
    give(chain.server, *bell);
    give(chain.middle, *front);
    give(chain.middle, *back, calls_and_copies, has_badges ? 1 : 0);
    give(chain.client, *front, calls_and_copies, has_badges ? 2 : 0);
    give(chain.client, *bell);
    return chain;
}

} // namespace pith::model
