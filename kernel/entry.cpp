#include "kernel/entry.h"

#include "kernel/kernel.h"

// The others stand with their code: system calls in syscall/fast_path.cpp and syscall/dispatch.cpp,
// exceptions in syscall/faults.cpp, interrupts in kernel.cpp.
namespace pith::kernel {

Exit kernel_timer(Core& core) { return core.kernel.lock()->timer(core); }
Exit kernel_dma_fault(Core& core) {
    auto kernel = core.kernel.lock();
    kernel->take_dma_faults();
    return kernel->leave(core);
}
Exit kernel_continue(Core& core) {
    auto kernel = core.kernel.lock();
    core.has_come_back = true;
    const Exit exit = kernel->leave(core);
    core.has_come_back = false;
    return exit;
}

} // namespace pith::kernel
