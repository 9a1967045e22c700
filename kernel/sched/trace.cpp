#include "kernel/kernel.h"

/// Trace points: what costs when somebody looks. kernel.h has the rest.
namespace pith::kernel {

void Kernel::note(Core& core, abi::TraceEvent event, u64 what, u64 value) {
    const u64 process = core.current ? core.current->process().id() : 0;
    core.trace.add({.time = machine_.ticks().raw,
                    .process = static_cast<u32>(process),
                    .event = std::to_underlying(event),
                    .core = static_cast<u16>(core.index),
                    .what = what,
                    .value = value});
}

void Kernel::set_tracing(bool on) {
    tracing_ = on;
    // A thread is marked, or not any more, where it leaves the kernel: and before it has left once, only
    // those that run now could call somebody the fast way.
    for (u32 i = 0; i < core_count_; ++i)
        if (Thread* current = cores_[i]->current; current && on) current->unusual |= unusual::traced;
}

} // namespace pith::kernel
