#pragma once

#include "kernel/machine/thread_context.h"

namespace pith::kernel {

class Core;
class Kernel;
template <class T>
class Locked;

// Whoever plays the entry code says who it is that enters.
inline thread_local Core* core_that_enters = nullptr;
inline thread_local Locked<Kernel>* kernel_that_is_entered = nullptr;
inline thread_local WithContext* thread_that_enters = nullptr;

[[nodiscard]] inline Core& executing_core() { return *core_that_enters; }
[[nodiscard]] inline Core& executing_core_anew() { return executing_core(); }
[[nodiscard]] inline Locked<Kernel>& executing_kernel() { return *kernel_that_is_entered; }
[[nodiscard]] inline WithContext& executing_thread() { return *thread_that_enters; }

} // namespace pith::kernel
