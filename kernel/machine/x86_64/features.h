#pragma once

#include "base/types.h"

namespace pith::kernel {

/// What this processor offers of what the kernel uses (SDM vol. 2, CPUID). Control register bits are set only
/// where CPUID offers them.
struct Features {
    bool no_execute, huge_pages, global_pages, syscall;
    bool smep, smap, umip, fsgsbase, machine_check, debug_extensions;
    bool xsave;
    bool fsgsbase_and_xsave; ///< what a switch between threads asks
    u64 vector_components;   ///< XCR0: x87, SSE and, where offered, AVX
    u32 physical_bits;

    [[nodiscard]] static Features read();
    [[nodiscard]] u64 cr4() const;
    /// Writes CR4, EFER, PAT, XCR0 and the system call registers whole, whatever was in them. CR0 comes
    /// later, with `enable_protection`: a loader's read-only mappings would bite.
    void enable_on_this_core() const;
    static void enable_protection();
};

} // namespace pith::kernel
