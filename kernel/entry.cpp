#include "kernel/entry.h"

#include "kernel/kernel.h"

// System calls stand with their code, in syscall/fast_path.cpp and syscall/dispatch.cpp.
namespace pith::kernel {

Exit kernel_exception(Core& core, u64 address) { return core.kernel.lock()->exception(core, address); }
Exit kernel_timer(Core& core) { return core.kernel.lock()->timer(core); }
Exit kernel_interrupt(Core& core, u32 line) { return core.kernel.lock()->interrupt(core, line); }
Exit kernel_dma_fault(Core& core) {
    auto kernel = core.kernel.lock();
    kernel->take_dma_faults();
    return kernel->leave(core);
}
Exit kernel_continue(Core& core) { return core.kernel.lock()->leave(core); }

} // namespace pith::kernel
