#pragma once

#include "kernel/machine/x86_64/core_local.h"

#include <array>
#include <atomic>

namespace pith::kernel {

/// Where application cores report and wait: in the kernel's image, because they still run on the loader's
/// page tables and have no stack. The only mutable data that exists before the kernel's own objects.
struct StartMailbox {
    std::atomic<u32> count; ///< application cores that have arrived
    std::atomic<u8> closed; ///< who comes now is too late and halts
    u64 root;               ///< the kernel's page table, written before the first of `cores`
    std::array<std::atomic<u8>, 256> arrived;       ///< by local APIC id
    std::array<std::atomic<CoreLocal*>, 256> cores; ///< by local APIC id; not null: go
};
static_assert(offsetof(StartMailbox, count) == START_COUNT && offsetof(StartMailbox, closed) == START_CLOSED);
static_assert(offsetof(StartMailbox, root) == START_ROOT && offsetof(StartMailbox, arrived) == START_ARRIVED);
static_assert(offsetof(StartMailbox, cores) == START_CORES);

extern "C" {
extern StartMailbox start_mailbox;

/// Linker symbols (kernel.ld): only their addresses mean something.
extern const std::byte image_start[], text_end[], rodata_end[], image_end[];
extern const std::byte boot_stack_guard[], boot_stack_bottom[], boot_stack_top[];
extern const std::byte early_trap_stack_top[];
}

} // namespace pith::kernel
