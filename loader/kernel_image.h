#pragma once

#include "base/bytes.h"
#include "bootboot/bootboot.h"
#include "loader/outcome.h"

namespace pith::loader {

/// The kernel as the protocol's level 2 has it: one segment, and where its symbols want the rest.
struct KernelImage {
    Bytes file;      ///< the segment's bytes
    VirtAddr start;  ///< on a page
    u64 memory_size; ///< at least the file's, the rest is zero; at most 16 MiB
    VirtAddr entry;
    VirtAddr information = bootboot::default_information;
    VirtAddr environment = bootboot::default_environment;
    VirtAddr framebuffer = bootboot::default_framebuffer;
    u32 stack_size = bootboot::default_stack_size; ///< a core; 1 to 16 KiB, a multiple of 16

    [[nodiscard]] static Outcome<KernelImage> read(Bytes elf);
};

} // namespace pith::loader
