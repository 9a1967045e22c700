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
    /// A process that has ended. A first slice of its handles is closed at once; the others before any thread
    /// of at most this priority runs, so that partners learn of its end. Then its observer, and in the end
    /// its memory.
    void take(Process& process, int urgency);
    /// A process that never ran and that nobody knows any more.
    void take_embryo(Process& process);
    void take(Ref<Memory> memory);
    void take(Ref<Queue> queue);
    void take(Ref<DmaDomain> domain);
    /// A change of an address space whose owner has ended.
    void take_change(Process& process);
    /// All memory that the budget paid for ends, but what is pinned; before any thread of at most this
    /// priority runs.
    void end_memory_of(Budget& budget, int urgency);
    [[nodiscard]] bool has_work() const {
        return !closing_.empty() || !ending_.empty() || !changes_.empty() || !processes_.empty() ||
               !memories_.empty() || !queues_.empty() || !domains_.empty() || frames_.has_returned();
    }
    /// What `leave` asks first: true only if there is no work.
    [[nodiscard]] bool is_quiet() const { return !may_have_work_ && !frames_.has_returned(); }
    /// The highest priority that what has to be done is as urgent as; -1: it can wait.
    [[nodiscard]] int urgency() const { return closing_.empty() && ending_.empty() ? -1 : urgency_; }
    /// One bounded slice of the work.
    void step();
    void finish() {
        while (has_work())
            step();
    }

  private:
    friend class Inspector;
    static constexpr u32 handles_a_slice = 8;

    void take_slice();

    [[nodiscard]] static bool close_handles(Process& process);
    void close();
    void end_memory();

    bool may_have_work_ = false; ///< something was taken since there was nothing
    int urgency_ = -1;           ///< of the closing and the ending
    FrameAllocator& frames_;
    // The lists own one reference to each object in them.
    List<Process, &Process::reclaim_link> closing_;
    List<Process, &Process::change_link> changes_;
    List<Memory, &Memory::budget_link>
        ending_; ///< none of these is owned: with its last reference it goes itself
    List<Process, &Process::reclaim_link> processes_;
    List<Memory, &Memory::reclaim_link> memories_;
    List<Queue, &Queue::reclaim_link> queues_;
    List<DmaDomain, &DmaDomain::reclaim_link> domains_;
};

} // namespace pith::kernel
