#pragma once

#include "base/time.h"
#include "kernel/debug/trace.h"
#include "kernel/machine/machine.h"
#include "kernel/object/thread.h"
#include "kernel/sched/lock.h"
#include "kernel/sched/run_queue.h"

namespace pith::kernel {

class Kernel;

/// One processor core, as the scheduler sees it.
class Core {
  public:
    Core(u32 index, CoreLocal& local, Locked<Kernel>& kernel, PhysAddr kernel_root)
        : index{index}, local{local}, kernel{kernel} {
        idle.root = kernel_root;
    }
    Core(const Core&) = delete;

    const u32 index;
    CoreLocal& local;
    Locked<Kernel>& kernel;

    Thread* current = nullptr;     ///< what it runs; null: nothing
    ThreadContext idle;            ///< what is loaded while it runs nothing
    ThreadContext* loaded = &idle; ///< what the machine has loaded, but see note_loaded
    Instant slice_end = Instant::never();
    Instant armed = Instant::never(); ///< what the timer is set to
    /// The timer will end the current turn, if it does not fire before. One byte, for the fast path.
    bool slice_is_timed = false;
    void begin_turn() {
        slice_end = Instant::never();
        slice_is_timed = false;
    }
    void note_timer_fired() {
        armed = Instant::never();
        slice_is_timed = false;
    }

    /// The address space that it has loaded: what it may know translations of.
    [[nodiscard]] PhysAddr space() const { return current ? current->context.root : loaded->root; }

    // What other cores ask of it (summons.h). It will come into the kernel: it has been sent an interrupt, or
    // has only just been started.
    bool summoned = true;
    bool shall_flush = false;
    u32 oldest_demand = 0; ///< number of the first demand that it has not met; 0: none

    RunQueue pinned;              ///< ready, and nobody else's; see ReadyThreads
    bool pinned_had_turn = false; ///< when both it and the queue of all had one of the highest priority

    bool polls = false;         ///< it lets interrupts in and comes back at once, to choose anew
    bool has_come_back = false; ///< during an entry: interrupts were let in, and nothing was done since

    u64 slow_calls = 0;
    u64 summonses = 0; ///< interrupts that others have sent it

    /// The fast path changes `current` alone: what runs was loaded. To be called before either is changed.
    void note_loaded() {
        if (current) loaded = &current->context;
    }
    TraceRing trace; ///< without entries until somebody lends it some
};

} // namespace pith::kernel
