#pragma once

#include "base/elf.h"
#include "kernel/machine/x86_64/console.h"
#include "kernel/machine/x86_64/core_local.h"

#include <atomic>
#include <optional>
#include <span>

namespace pith::kernel {

/// What a panic needs when nothing else can be trusted. Every CoreLocal points to it.
struct PanicRoom {
    Console& console;
    std::optional<ElfImage> symbols; ///< of the kernel's own file, once the initrd is mapped
    std::span<CoreLocal* const> cores{};
    std::atomic<u32> panics = 0; ///< how many have begun; the first one speaks
};

/// An exception in the kernel itself. `core` is null before there is one.
[[noreturn]] void panic_at(CoreLocal* core, const Registers& registers, u64 address);

} // namespace pith::kernel
