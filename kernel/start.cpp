#include "abi/startup.h"
#include "kernel/boot.h"
#include "kernel/kernel.h"
#include "kernel/memory/frame_pointer.h"

#include <memory>

/// From the machine that boot has set up to the kernel and its first process.
namespace pith::kernel {

namespace {

/// The kernel lives in frames of its own, for ever.
Locked<Kernel>& make_kernel(BootHandover& handover) {
    const unsigned order =
        static_cast<unsigned>(std::bit_width(PageCount::holding(sizeof(Locked<Kernel>)).raw - 1));
    const auto frames = handover.allocator.allocate(order);
    if (!frames) panic("no memory for the kernel");
    auto* place = frame_as<Locked<Kernel>>(handover.machine.frames(), *frames);
    return *std::construct_at(place, handover.machine, handover.allocator, handover.machine.frames(),
                              handover.log);
}

/// Room for each core's ring of trace entries; taken before the kernel counts what is free.
std::span<abi::TraceEntry> make_trace_entries(BootHandover& handover, u64 count) {
    const PageCount size = PageCount::holding(count * sizeof(abi::TraceEntry));
    const auto frames = handover.allocator.allocate(static_cast<unsigned>(std::bit_width(size.raw - 1)));
    if (!frames) panic("no memory for the kernel");
    return {frame_as<abi::TraceEntry>(handover.machine.frames(), *frames), count};
}

} // namespace

void start_kernel(BootHandover& handover) {
    constexpr u64 ring = TraceRing::bytes / sizeof(abi::TraceEntry);
    const std::span entries = make_trace_entries(handover, ring * handover.cores.size());
    Locked<Kernel>& kernel = make_kernel(handover);
    const auto guard = kernel.lock();
    for (CoreLocal* core : handover.cores) {
        core->kernel = &kernel;
        core->core = &guard->add_core(kernel, *core, handover.machine.kernel_root());
        core->core->trace = TraceRing{entries.subspan(core->core->index * ring, ring)};
    }
    const std::span initrd{handover.machine.frame(handover.initrd), handover.initrd_size};
    const auto started = guard->start_first_process(initrd, handover.initrd, handover.environment.text());
    if (!started) handover.log.error("boot", "cannot start {}: {}", abi::first_program, started.error());
    if (!started) panic("no first process");
}

} // namespace pith::kernel
