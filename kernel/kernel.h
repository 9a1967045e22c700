#pragma once

#include "kernel/debug/log.h"
#include "kernel/entry.h"
#include "kernel/machine/machine.h"
#include "kernel/memory/marks.h"
#include "kernel/object/budget.h"
#include "kernel/object/dma_domain.h"
#include "kernel/object/endings.h"
#include "kernel/object/interrupt_lines.h"
#include "kernel/object/process.h"
#include "kernel/object/system.h"
#include "kernel/sched/core.h"
#include "kernel/sched/effort.h"
#include "kernel/sched/ready_threads.h"
#include "kernel/sched/reclaimer.h"
#include "kernel/sched/revocations.h"
#include "kernel/sched/summons.h"
#include "kernel/sched/waits.h"

#include <optional>

namespace pith::kernel {

/// The kernel: all of its state that can change, but what a core keeps for itself. A state machine: each
/// entry changes objects, picks the next thread and says how the core shall go on. Behind one lock,
/// Locked<Kernel>.
class Kernel {
  public:
    static constexpr u32 max_cores = 64;
    /// How long a thread runs before the next of its priority has its turn.
    static constexpr Duration time_slice = milliseconds(10);
    /// To so many servers along a chain of calls a priority is lent at once; to the others in slices.
    static constexpr u32 lent_at_once = 64;

    /// `frames` has all free RAM; the root budget is what it holds now.
    Kernel(Machine& machine, FrameAllocator& frames, FrameAccess access, Log& log);
    Kernel(const Kernel&) = delete;
    /// Ends every process; what is left in use then is a leak, and a panic.
    ~Kernel();

    /// Takes a core in, which then comes by itself: its first entry is kernel_continue.
    [[nodiscard]] Core& add_core(Locked<Kernel>& self, CoreLocal& local, PhysAddr kernel_root);
    /// Makes the first process from its ELF image, with the authority that all others derive from. `initrd`
    /// lies on a page boundary and in no frame that the allocator has.
    [[nodiscard]] Result<> start_first_process(std::span<const std::byte> initrd, PhysAddr initrd_start,
                                               std::string_view environment);

    // The entries (kernel/entry.h), with the lock held.
    [[nodiscard]] Exit system_call(Core& core);
    [[nodiscard]] Exit exception(Core& core, u64 address);
    [[nodiscard]] Exit timer(Core& core);
    [[nodiscard]] Exit interrupt(Core& core, u32 line);
    /// Picks what the core does next.
    [[nodiscard]] Exit leave(Core& core);

    // What objects and system calls work with.
    [[nodiscard]] Machine& machine() { return machine_; }
    [[nodiscard]] Log& log() { return log_; }
    [[nodiscard]] FrameAllocator& frames() { return frames_; }
    [[nodiscard]] Budget& root_budget() { return *root_budget_; }
    [[nodiscard]] Waits& waits() { return waits_; }
    [[nodiscard]] Reclaimer& reclaimer() { return reclaimer_; }
    [[nodiscard]] Revocations& revocations() { return revocations_; }
    [[nodiscard]] Summons& summons() { return summons_; }
    [[nodiscard]] ReadyThreads& ready() { return ready_; }
    [[nodiscard]] Endings& endings() { return endings_; }
    [[nodiscard]] Effort& effort() { return effort_; }
    [[nodiscard]] Marks& marks() { return marks_; }
    [[nodiscard]] InterruptLines& interrupts() { return interrupts_; }
    [[nodiscard]] DmaDomains& dma_domains() { return dma_domains_; }
    [[nodiscard]] Tree<Process, &Process::all_link>& processes() { return processes_; }
    /// The first process with an identity of at least `id`; null: there is none.
    [[nodiscard]] Process* process_from(u64 id) const {
        return processes_.find_gap([id](const Process& process) { return process.id() < id; }).behind;
    }
    /// The page by which programs read the clock, made when it is first asked for. Paid by the root budget.
    [[nodiscard]] Result<std::reference_wrapper<Memory>> clock_page();
    [[nodiscard]] u64 next_process_id() { return ++last_process_id_; }
    [[nodiscard]] u64 next_thread_id() { return ++last_thread_id_; }
    [[nodiscard]] u32 core_count() const { return core_count_; }
    [[nodiscard]] Core& core(u32 index) { return *cores_[index]; }
    /// Null: none. Who waits runs on none, nor does who is ready.
    [[nodiscard]] Core* core_that_runs(const Thread& thread);

    /// What `leave` decides by has changed: who is ready or runs, a priority, a deadline. Without it, an
    /// ordinary call goes back to its caller at once.
    void note_change() { changed_ = true; }
    [[nodiscard]] bool has_changed() const { return changed_; }
    /// Waits have ended, or priorities change, and not everybody has been told who has to be.
    void note_owed() { changed_ = unsettled_ = owes_ = true; }

    /// Calls of processes that are gone, which took the fast path.
    [[nodiscard]] u64 fast_calls_of_ended() const { return fast_calls_of_ended_; }
    void note_calls_of_ended(u64 fast_calls) { fast_calls_of_ended_ += fast_calls; }

    /// Into the run queue, behind those of the same priority.
    void make_ready(Thread& thread) {
        note_change();
        if ((thread.unusual & (unusual::stopped | unusual::pinned)) != 0) [[unlikely]]
            return make_unusual_ready(thread);
        thread.state = ThreadState::ready;
        ready_.push_back_shared(thread);
    }
    /// From now on that core alone runs it; null: any core does. Another one that runs it now has to come
    /// first.
    void pin(Thread& thread, Core* home);
    /// The core leaves the thread that it runs where that is pinned to another.
    void send_home(Core& core);
    // From one thread straight to another (hand_over.h).
    void hand_over(Core& core, Thread& from, Thread& to);
    Thread& give_way(Core& core, Thread& from, Notification& notification);
    /// Changes what the scheduler goes by, wherever the thread is, and for who serves it.
    void set_priority(Thread& thread, u8 priority);
    /// A server no longer owes its current caller a reply; its priority is its own again.
    void release_caller(Thread& server);

    /// Notes what happens, while somebody wants to see it. Costs one comparison else.
    void trace(Core& core, abi::TraceEvent event, u64 what, u64 value = 0) {
        if (tracing_) [[unlikely]]
            note(core, event, what, value);
    }
    /// While the kernel notes what it does, no thread takes the fast path.
    void set_tracing(bool on);
    [[nodiscard]] bool tracing() const { return tracing_; }
    /// Takes what the machine tells of devices' refused accesses, so much as may wait there.
    void take_dma_faults();

    /// The current thread cannot go on by itself: its fault handler hears of it, or its process ends.
    void raise_fault(Core& core, Thread& thread);
    /// The same for a foreign process's thread that executed `syscall`.
    void raise_system_call(Core& core, Thread& thread);
    /// It runs no more until it is resumed; if another core runs it, from when that core has come. Neither
    /// the current thread nor one that does not live.
    void stop_thread(Thread& thread);
    /// The core leaves the thread that it runs, which somebody has stopped.
    void park(Core& core);
    void resume_thread(Thread& thread);

    void start_thread(Thread& thread);
    /// Takes it out of everything; its process ends with the last one. If another core runs it, that core
    /// does so as soon as it comes: until then it is `dismissed`.
    void end_thread(Thread& thread);
    /// Its threads end and then, once the last one has left its core, its handles are closed: slice by slice,
    /// before any thread of at most this priority runs; its threads' own priorities count, too. A thread of
    /// its own that is chosen to run meanwhile ends instead.
    void end_process(Process& process, ExitReason reason, int urgency = -1);
    /// Ends some of the threads and embryos of a process that has ended. True when there is nothing left to
    /// do, but for threads that other cores will leave.
    [[nodiscard]] bool stop_some(Process& process);

    /// The core's time goes from one thread's account to the other's; null: to nobody's.
    void account(Thread* from, Thread* to) {
        const Ticks now = machine_.ticks();
        if (from) from->stop_clock(now);
        if (to) to->start_clock(now);
    }

  private:
    friend class Inspector;
    void make_unusual_ready(Thread& thread);
    [[nodiscard]] Thread* choose(Core& core);
    [[nodiscard]] Thread* choose_among_pinned(Core& core);
    void note(Core& core, abi::TraceEvent event, u64 what, u64 value);
    void switch_to(Core& core, Thread* next);
    void load(Core& core, ThreadContext& context);
    void give_up(Core& core);
    void lend_later(Thread& thread);
    void lend_on();
    [[nodiscard]] bool is_settled(const Core& core, const Thread& next) const;
    [[nodiscard]] Exit settle(Core& core);
    [[nodiscard]] Exit settle_what_is_owed(Core& core);
    void arm(Core& core);
    [[nodiscard]] bool reclaims(Core& core);
    void share_work(const Core& here);
    void call_for_pinned(const Core& here);
    void hasten_end(Process& process, int urgency);
    void release_process(Process& process);
    /// One slice of a long system call; true when the thread can go on to user mode.
    [[nodiscard]] bool work(Core& core, Thread& thread);
    [[nodiscard]] bool work_on_memory(Thread& thread);
    [[nodiscard]] bool work_on_ending(Thread& thread);
    void tell_marks();
    [[nodiscard]] bool work_on_mapping(Core& core, Thread& thread);
    /// Makes the call in the thread's registers once more, from its start; as `work`.
    [[nodiscard]] bool repeat_call(Core& core, Thread& thread);
    /// The system call that a handler has let go on; true when the thread can go on to user mode.
    [[nodiscard]] bool call_natively(Core& core, Thread& thread);

    Machine& machine_;
    Log& log_;
    FrameAllocator& frames_;
    Effort effort_;
    Endings endings_;
    // Objects that outlive the last handle to them; the processes below are paid from the root budget.
    std::array<std::optional<Core>, max_cores> cores_;
    u32 core_count_ = 0;
    u64 last_process_id_ = 0;
    u64 fast_calls_of_ended_ = 0;
    bool changed_ = true;   // since the last `leave`
    bool unsettled_ = true; // `settle` may have to do more than what `is_settled` asks for
    bool owes_ = false;     // ... before anybody goes on
    Marks marks_{changed_, unsettled_};
    bool tracing_ = false;
    ReadyThreads ready_;
    List<Thread, &Thread::lent_link> lending_; // where chains of calls are that have not all their priority
    Instant watched_ =
        Instant::never(); // the deadline that some core's timer is set to, or to a time before it
    Summons summons_;
    u64 last_thread_id_ = 0;
    Waits waits_;
    Revocations revocations_;
    InterruptLines interrupts_;
    DmaDomains dma_domains_;
    Tree<Process, &Process::all_link> processes_;
    std::optional<Budget> root_storage_;
    Ref<Budget> root_budget_;
    Reclaimer reclaimer_;
    Core* reclaiming_ = nullptr; // the idle core that does the reclaimer's work
    Ref<Memory> clock_page_;
};

inline void Revocations::added() {
    if (under_way_.empty()) [[likely]]
        return;
    debt_ += 2;
    kernel_.note_change(); // so that keep_pace is not passed by
}

inline void Revocations::keep_pace() {
    if (in_debt()) [[unlikely]]
        kernel_.note_owed();
}

} // namespace pith::kernel
