#include "kernel/machine/x86_64/boot/cores.h"

#include "kernel/machine/machine.h"
#include "kernel/machine/x86_64/boot/start.h"

#include <new>

namespace pith::kernel {

extern "C" {
constinit StartMailbox start_mailbox{};
[[noreturn]] void enter_kernel(CoreLocal& core);
[[noreturn]] void application_core_main(CoreLocal& core);
}

void Cores::wait_for_arrival(u32 expected, Log& log) {
    // The clock's rate is not known yet: between one and four seconds on today's processors.
    constexpr u64 patience = u64{4} << 30;
    const u64 start = cpu::read_tsc();
    while (start_mailbox.count.load() < expected && cpu::read_tsc() - start < patience)
        cpu::pause();
    const u32 arrived = start_mailbox.count.load();
    if (arrived < expected) log.warning("cores", "{} of {} other cores have come", arrived, expected);
}

void Cores::give_places(CoreLocal& core, KernelSpace& space) const {
    core.stack_top = space.map_stack(core.index, layout::kernel_stack);
    core.set_trap_stack(TrapStack::debug, space.map_stack(core.index, layout::debug_stack));
    core.set_trap_stack(TrapStack::nmi, space.map_stack(core.index, layout::nmi_stack));
    core.set_trap_stack(TrapStack::double_fault, space.map_stack(core.index, layout::double_fault_stack));
    core.set_trap_stack(TrapStack::machine_check, space.map_stack(core.index, layout::machine_check_stack));
    core.show_task_at(space.show_task(core.index, VirtAddr{reinterpret_cast<u64>(&core)}));
}

void Cores::prepare(Account& account, KernelSpace& space) {
    for (u32 id = 0; id < start_mailbox.arrived.size() && count_ < cores_.size(); ++id) {
        if (start_mailbox.arrived[id].load() == 0) continue;
        const auto frame = account.take_zeroed_frame();
        require(frame.has_value(), "no memory for a core's data");
        auto* core = new (account.access()(*frame)) CoreLocal;
        core->prepare(room_, count_, id);
        cores_[count_++] = core;
        give_places(*core, space);
    }
}

void Cores::release(Machine& machine, const TrapTable& traps, PhysAddr root) const {
    start_mailbox.root = root.raw;
    for (CoreLocal* core : all()) {
        core->machine = &machine;
        core->traps = &traps;
        if (core->index != 0) start_mailbox.cores[core->apic_id].store(core);
    }
    start_mailbox.closed.store(1);
}

/// An application core, on the kernel's page tables and its own stack.
void application_core_main(CoreLocal& core) {
    core.load();
    core.traps->load_on_this_core();
    core.machine->features().enable_on_this_core();
    Features::enable_protection();
    core.machine->local_apic().enable();
    core.online.store(1);
    if (core.panic_room->panics.load() != 0) cpu::halt_for_ever();
    enter_kernel(core);
}

} // namespace pith::kernel
