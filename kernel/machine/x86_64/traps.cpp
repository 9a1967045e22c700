// What entry.S calls: sorts interrupts and exceptions and hands them to the kernel proper.
#include "kernel/entry.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/x86_64/panic.h"

#include <cstring>

namespace pith::kernel {
namespace {

constexpr u64 first_interrupt = 32;

/// What the core did when it was interrupted.
enum class Before : bool { ran_a_program, idled };

/// What is no device's.
[[gnu::noinline]] Exit on_own_interrupt(CoreLocal& core, u64 vector, Before before) {
    // For interrupts that are nobody's.
    const Exit back =
        before == Before::idled ? Exit{nullptr, Exit::Idle::poll} : Exit{core.context(), Exit::Idle::halt};
    Machine& machine = *core.machine;
    const LocalApic& apic = machine.local_apic();
    if (vector == LocalApic::timer_vector) {
        apic.end_of_interrupt();
        if (core.deadline.is_never()) return back;
        if (machine.now() < core.deadline) {
            machine.arm_timer(core.deadline);
            return back;
        }
        core.deadline = Instant::never();
        return kernel_timer(*core.core);
    }
    if (vector == Iommu::fault_vector) {
        apic.end_of_interrupt(); // first: what is refused from now on is told again
        return kernel_dma_fault(*core.core);
    }
    if (vector == LocalApic::summons_vector) {
        apic.end_of_interrupt();
        return kernel_continue(*core.core);
    }
    ++core.interrupts_ignored; // spurious: it wants no end of interrupt (SDM vol. 3, 11.9)
    return back;
}

[[gnu::always_inline]] inline Exit on_interrupt(CoreLocal& core, u64 vector, Before before) {
    const LocalApic& apic = core.machine->local_apic();
    const u64 line = vector - IoApics::first_vector; // wraps for smaller vectors
    if (line >= IoApics::sources || !apic.in_service(static_cast<u8>(vector))) [[unlikely]]
        return on_own_interrupt(core, vector, before);
    return kernel_interrupt(*core.core, static_cast<u32>(line)); // which tells the controller of its end
}

} // namespace

extern "C" {

Exit trap_from_user(CoreLocal& core, u64 vector) {
    if (vector < first_interrupt) return kernel_exception(*core.core, cpu::read_cr2());
    return on_interrupt(core, vector, Before::ran_a_program);
}

Exit interrupt_while_idle(CoreLocal& core, u64 vector) { return on_interrupt(core, vector, Before::idled); }

[[noreturn]] void fault_in_kernel(CoreLocal* core, const Registers& registers, u64 address) {
    panic_at(core, registers, address);
}

/// True: it is an exception of the program's, whose registers now lie in its context.
bool trap_on_own_stack(CoreLocal& core, const Registers& registers, u64 address) {
    const bool from_user = (registers.cs & 3) != 0;
    if (registers.vector == 1) {
        cpu::clear_debug_registers();
        if (!from_user)
            return false; // provoked by a program at the kernel's first instruction: nothing to do
        core.context()->registers = registers;
        return true;
    }
    if (registers.vector == 2) {
        if (core.panic_room->panics.load() != 0) cpu::halt_for_ever(); // another core asks this one to stop
        ++core.interrupts_ignored;
        return false;
    }
    panic_at(&core, registers, address);
}
}

} // namespace pith::kernel
