// A kernel that does nothing, for work on the machine alone.
#include "kernel/boot.h"
#include "kernel/entry.h"

namespace pith::kernel {

void start_kernel(BootHandover& handover) { handover.log.info("stand-in", "nothing to run"); }

extern "C" {
Exit kernel_system_call(Core&) { return {nullptr, Exit::Idle::halt}; }
Exit kernel_exception(Core&, u64) { return {nullptr, Exit::Idle::halt}; }
Exit kernel_timer(Core&) { return {nullptr, Exit::Idle::halt}; }
Exit kernel_interrupt(Core&, u32) { return {nullptr, Exit::Idle::halt}; }
Exit kernel_dma_fault(Core&) { return {nullptr, Exit::Idle::halt}; }
Exit kernel_continue(Core&) { return {nullptr, Exit::Idle::halt}; }
Exit kernel_leave(Core&) { return {nullptr, Exit::Idle::halt}; }
}

} // namespace pith::kernel
