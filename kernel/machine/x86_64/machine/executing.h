#pragma once

#include "kernel/machine/thread_context.h"
#include "kernel/machine/x86_64/offsets.h"

namespace pith::kernel {

class Core;
class Kernel;
template <class T>
class Locked;

// GS base is the kernel's from its entry on.

/// The core that executes this.
[[nodiscard, gnu::always_inline]] inline Core& executing_core() {
    Core* core;
    asm("movq %%gs:%c1, %0" : "=r"(core) : "i"(CORE_CORE));
    return *core;
}
/// The same, read anew: to keep it may cost a register more.
[[nodiscard, gnu::always_inline]] inline Core& executing_core_anew() {
    Core* core;
    asm volatile("movq %%gs:%c1, %0" : "=r"(core) : "i"(CORE_CORE));
    return *core;
}
[[nodiscard, gnu::always_inline]] inline Locked<Kernel>& executing_kernel() {
    Locked<Kernel>* kernel;
    asm("movq %%gs:%c1, %0" : "=r"(kernel) : "i"(CORE_KERNEL));
    return *kernel;
}
/// Whose program this core runs; read anew, too.
[[nodiscard, gnu::always_inline]] inline WithContext& executing_thread() {
    Registers* end;
    asm volatile("movq %%gs:%c1, %0" : "=r"(end) : "i"(CORE_REGISTERS_END));
    return *reinterpret_cast<WithContext*>(end - 1);
}

} // namespace pith::kernel
