#include "kernel/machine/x86_64/boot/test_hooks.h"

#include "base/panic.h"

namespace pith::kernel {
namespace {

[[gnu::noinline]] u64 recurse_for_ever(volatile u64& depth) {
    volatile u64 local[64] = {};
    local[0] = depth;
    depth = depth + 1;
    const u64 below = depth == 0 ? 0 : recurse_for_ever(depth);
    return below + local[0];
}

[[gnu::noinline]] void read_what_is_not_mapped() {
    const volatile u64* nowhere = reinterpret_cast<const volatile u64*>(0xffff'f000'dead'0000);
    asm volatile("" ::"r"(*nowhere));
}

[[gnu::noinline]] void fault_without_a_stack() { asm volatile("xorl %%esp, %%esp\n int3" ::: "memory"); }

} // namespace

void run_test_hook(const Environment& environment) {
    const auto test = environment.get("test");
    if (!test) return;
    volatile u64 depth = 1;
    if (*test == "panic") panic("a test asked for it");
    if (*test == "kernel-fault") read_what_is_not_mapped();
    if (*test == "stack-overflow") depth = recurse_for_ever(depth);
    if (*test == "double-fault") fault_without_a_stack();
}

} // namespace pith::kernel
