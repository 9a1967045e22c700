#pragma once

#include "base/environment.h"
#include "kernel/debug/log.h"
#include "kernel/machine/machine.h"
#include "kernel/memory/page_table.h"

#include <span>

namespace pith::kernel {

/// What boot hands to the kernel proper. Everything referred to lives as long as the machine runs.
struct BootHandover {
    Machine& machine;
    Log& log;
    FrameAllocator& allocator;
    Account& account; ///< all frames; what boot itself has taken is counted as used
    PageTable& kernel_table;
    std::span<CoreLocal* const> cores; ///< the first is the calling one; the kernel sets each one's `core`
    PhysAddr initrd;
    u64 initrd_size;
    Environment environment;
};

/// Makes the kernel and the first process. After it every core, the calling one first, enters
/// kernel_continue. May take as much of the boot stack as is left: about 30 KiB for what stays for ever.
void start_kernel(BootHandover& handover);

} // namespace pith::kernel
