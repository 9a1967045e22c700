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
Exit kernel_continue(Core& core) { return core.kernel.lock()->leave(core); }

} // namespace pith::kernel
