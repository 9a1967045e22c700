#pragma once

#include "kernel/memory/surpluses.h"
#include "kernel/object/budget.h"
#include "kernel/object/dma_domain.h"
#include "kernel/object/endings.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/memory.h"
#include "kernel/object/process.h"
#include "kernel/object/queue.h"
#include "kernel/sched/effort.h"

namespace pith::kernel {

/// A kernel thread: takes apart, slice by slice, what nobody waits for, and takes back frames that were held
/// back. Runs when no other thread is ready, and whenever memory is short.
class Reclaimer {
  public:
    /// `unsettled` is set when there is something to do.
    Reclaimer(FrameAllocator& frames, Endings& endings, Effort& effort, bool& unsettled)
        : unsettled_{unsettled}, frames_{frames}, endings_{endings}, effort_{effort}, surpluses_{unsettled} {}
    /// A process that has ended, but not all of its threads and embryos: before any thread of at most its
    /// urgency runs.
    void take_threads_of(Process& process);
    /// Somebody of this priority waits for what has to be done.
    void raise_urgency(int urgency);
    /// A process that has ended. A first slice of its handles is closed at once; the others before any thread
    /// of at most this priority runs, so that partners learn of its end. Then its observer, and in the end
    /// its memory.
    void take(Process& process, int urgency);
    /// A process that never ran and that nobody knows any more.
    void take_embryo(Process& process);
    void take(Ref<Memory> memory);
    /// One that has lost a side, and at which many wait, or that is closed and holds much.
    void take(Ref<Queue> queue);
    void take(Ref<DmaDomain> domain);
    /// One that is closed, or that nobody refers to any more, and at which many wait.
    void take(Ref<Endpoint> endpoint);
    void take(Ref<Notification> notification);
    /// A change of an address space whose owner has ended.
    void take_change(Process& process);
    /// All memory that the budget paid for ends, but what is pinned; before any thread of at most this
    /// priority runs.
    void end_memory_of(Budget& budget, int urgency);
    /// Everything that the budget paid for ends.
    void end(Budget& budget);
    [[nodiscard]] bool has_work() const {
        return is_urgent() || !surpluses_.empty() || !budgets_.empty() || !changes_.empty() ||
               !processes_.empty() || !memories_.empty() || !queues_.empty() || !domains_.empty() ||
               endings_.has_work() || frames_.has_returned();
    }
    /// What closed budgets give back to others.
    [[nodiscard]] Surpluses& surpluses() { return surpluses_; }
    /// There is something to do.
    void note_work() { unsettled_ = true; }
    /// The highest priority that what has to be done is as urgent as; -1: it can wait.
    [[nodiscard]] int urgency() const { return is_urgent() ? urgency_ : -1; }
    /// One slice of the work. May end the thread that runs.
    void step();
    void finish() {
        while (has_work())
            step();
    }

  private:
    friend class Inspector;
    [[nodiscard]] bool is_urgent() const {
        return !stopping_.empty() || !closing_.empty() || !endpoints_.empty() || !notifications_.empty() ||
               !awaited_queues_.empty() || !ending_.empty();
    }
    [[nodiscard]] bool close_handles(Process& process);
    void hand_on();
    void stop();
    void close();
    void tell_receivers();
    void end_memory();
    static void lose(Mapping& mapping);
    void end_budget();
    void drop(Budget& budget);
    /// A slice of what ends an object together with its budget. True when nothing but references is left.
    [[nodiscard]] bool end_with_budget(Kernel& kernel, Object& object, u32& left);
    [[nodiscard]] static bool forget(Kernel& kernel, Object& object, u32& left);
    [[nodiscard]] static bool end_process(Kernel& kernel, Process& process, u32& left);

    bool& unsettled_;  ///< set whenever something was taken
    int urgency_ = -1; ///< of what is_urgent
    FrameAllocator& frames_;
    Endings& endings_;
    Effort& effort_;
    Surpluses surpluses_; ///< owns nothing
    // The lists own one reference to each object in them.
    List<Process, &Process::stop_link> stopping_;
    List<Process, &Process::reclaim_link> closing_;
    List<Endpoint, &Endpoint::reclaim_link> endpoints_;
    List<Notification, &Notification::reclaim_link> notifications_;
    List<Queue, &Queue::reclaim_link> awaited_queues_;
    List<Process, &Process::change_link> changes_;
    List<Memory, &Memory::budget_link>
        ending_; ///< none of these is owned: with its last reference it goes itself
    List<Budget, &Budget::end_link> budgets_;
    List<Process, &Process::reclaim_link> processes_;
    List<Memory, &Memory::reclaim_link> memories_;
    List<Queue, &Queue::reclaim_link> queues_;
    List<DmaDomain, &DmaDomain::reclaim_link> domains_;
};

} // namespace pith::kernel
