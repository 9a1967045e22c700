#pragma once

#include "kernel/object/dma_domain.h"
#include "kernel/object/memory.h"
#include "kernel/object/process.h"
#include "kernel/object/queue.h"

namespace pith::kernel {

/// A kernel thread: takes apart, slice by slice, what nobody waits for, and takes back frames that were held
/// back. Runs when no other thread is ready, and whenever memory is short.
class Reclaimer {
  public:
    explicit Reclaimer(FrameAllocator& frames) : frames_{frames} {}
    void take(Ref<Process> process);
    void take(Ref<Memory> memory);
    void take(Ref<Queue> queue);
    void take(Ref<DmaDomain> domain);
    [[nodiscard]] bool has_work() const {
        return !processes_.empty() || !memories_.empty() || !queues_.empty() || !domains_.empty() ||
               frames_.has_returned();
    }
    /// One bounded slice of the work.
    void step();
    void finish() {
        while (has_work())
            step();
    }

  private:
    friend class Inspector;
    FrameAllocator& frames_;
    // The lists own one reference to each object in them.
    List<Process, &Process::reclaim_link> processes_;
    List<Memory, &Memory::reclaim_link> memories_;
    List<Queue, &Queue::reclaim_link> queues_;
    List<DmaDomain, &DmaDomain::reclaim_link> domains_;
};

} // namespace pith::kernel
