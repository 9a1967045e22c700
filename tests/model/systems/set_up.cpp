#include "tests/model/systems/set_up.h"

namespace pith::model {

abi::Handle give(const Program& program, Object& object, abi::Rights rights, u64 badge) {
    const auto handle = program.process->handles().insert({Ref<Object>{object}, rights, badge});
    require(handle.has_value(), "no room for a handle");
    return *handle;
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

} // namespace pith::model
