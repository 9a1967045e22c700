#pragma once

#include "kernel/object/thread.h"

namespace pith::kernel {

class Core;
class Kernel;

/// What cores ask of one another. A core is summoned into the kernel by an interrupt, at most one on its way;
/// whenever it next decides what to run it does all that it was asked for. Nobody waits for another core in
/// the kernel: each demand has a number, a thread waits for its own, and frames that came free behind a
/// demand to forget translations are held back until it is met.
///
/// A core knows translations of nothing but the address space that it has loaded, because loading another
/// forgets them all, and an idle core has the kernel's own loaded: so all others are left alone.
class Summons {
  public:
    explicit Summons(Kernel& kernel) : kernel_{kernel} {}

    /// The core looks for what it shall run.
    void call(Core& core);
    /// All other cores that have this space loaded forget what they know of it.
    void flush_elsewhere(PhysAddr root);
    /// The core leaves the thread, which ends then.
    void dismiss(Thread& thread, Core& core);
    /// The core leaves the thread that it runs, which is stopped.
    void stop(Core& core) { demand(core); }

    /// The core leaves the thread that it runs, which is pinned to another.
    void send_home(Core& core) { demand(core); }

    /// The running thread waits until all that was asked so far is done; it is answered with success then, or
    /// goes on at once.
    void wait(Thread& thread);
    /// Does what the core, the calling one, was asked for.
    void answer(Core& core);

    /// Whether some core has not met a demand.
    [[nodiscard]] bool outstanding() const { return last_ != 0; }

  private:
    friend class Inspector;
    void demand(Core& core);
    void finish_met();

    Kernel& kernel_;
    u32 last_ = 0;     // the last demand's number; 0: all are met
    WaitList waiters_; // in the order of their demands
};

} // namespace pith::kernel
