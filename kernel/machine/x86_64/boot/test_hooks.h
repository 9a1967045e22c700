#pragma once

#include "base/environment.h"

namespace pith::kernel {

/// For system tests: `test=` in the environment breaks the kernel on purpose, right after boot.
///   panic           a broken invariant
///   kernel-fault    reads an address that is not mapped
///   stack-overflow  recurses until the guard page below the boot stack
///   double-fault    an exception that cannot be delivered on the current stack
/// Anything else does nothing.
void run_test_hook(const Environment& environment);

} // namespace pith::kernel
