#include "kernel/machine/x86_64/local_apic.h"

#include "kernel/machine/x86_64/cpu.h"

namespace pith::kernel {
namespace {

// Register offsets (SDM vol. 3, table 11-1).
constexpr u32 task_priority = 0x80, spurious = 0xf0, command_low = 0x300, command_high = 0x310,
              local_timer = 0x320, thermal = 0x330, performance = 0x340, line_0 = 0x350, line_1 = 0x360,
              error = 0x370, divide = 0x3e0;
constexpr u32 masked = 1 << 16, pending = 1 << 12;

} // namespace

void LocalApic::enable() const {
    write(spurious, 0x100 | spurious_vector);
    write(thermal, masked);
    write(performance, masked);
    write(line_0, masked);
    write(line_1, 4 << 8); // NMI: the machine's own
    write(error, masked);
    write(divide, 3); // by 16
    write(local_timer, timer_vector);
    arm(0);
    // Last: it makes the controller think again about what it offers the processor, so that a request of the
    // legacy controller from before its lines were masked is forgotten and does not come as a vector that
    // nobody knows.
    write(task_priority, 0);
}

/// SDM vol. 3, 11.6.1.
void LocalApic::send(u32 apic_id, u32 command) const {
    write(command_high, apic_id << 24);
    write(command_low, command);
    while (read(command_low) & pending) {
    }
}

void LocalApic::send_nmi(u32 apic_id) const { send(apic_id, 4u << 8); } // delivery mode NMI
void LocalApic::send_summons(u32 apic_id) const {
    send(apic_id, 1u << 14 | summons_vector);
} // fixed, asserted

} // namespace pith::kernel
