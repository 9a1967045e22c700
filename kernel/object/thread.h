#pragma once

#include "abi/message.h"
#include "base/list.h"
#include "base/result.h"
#include "base/time.h"
#include "kernel/machine/thread_context.h"
#include "kernel/object/object.h"
#include "kernel/object/observer.h"
#include "kernel/object/slot_use.h"
#include "kernel/sched/alarms.h"

#include <algorithm>
#include <array>
#include <optional>

namespace pith::kernel {

class CallerQueue;
class Core;
class Endpoint;
class Memory;
class Process;
class Reply;
struct Slot;

enum class ThreadState : u8 {
    created,        ///< was never started
    running,        ///< the current thread of a core
    ready,          ///< in a run queue
    stopped,        ///< would be ready, but for who stopped it
    calling,        ///< queued at an endpoint with a message that wants a reply
    sending,        ///< queued at an endpoint with a message that does not
    awaiting_reply, ///< its message was received
    receiving,      ///< waits at an endpoint for a message
    waiting,        ///< waits for a notification, or for a message in a queue
    sleeping,       ///< waits for its deadline alone
    synchronizing,  ///< waits until other cores have done what it asked of them
    ended,
};

/// Why a thread cannot take the fast path; all clear in the ordinary case.
namespace unusual {
inline constexpr u32 deadline = 1;       ///< waits with a deadline
inline constexpr u32 short_of_slots = 2; ///< handle slots must be reserved anew before it waits
inline constexpr u32 working = 4;        ///< a long system call is being done in slices
inline constexpr u32 failed_reply = 8; ///< to be told with the next message: its last reply was not delivered
inline constexpr u32 traced = 16;      ///< somebody wants to see what the kernel does
inline constexpr u32 dismissed = 32;   ///< shall end, once the core that runs it has left it
inline constexpr u32 faulted = 64;     ///< waits for the answer to a fault, or is about to end by one
inline constexpr u32 foreign = 128;    ///< its system calls are messages
inline constexpr u32 stopped = 256;    ///< shall not run
inline constexpr u32 native_call = 512; ///< makes the system call that it was held up at
/// It may run on one core only. The fast path is taken there.
inline constexpr u32 pinned = u32{1} << 30;
} // namespace unusual

/// A thread control block. Plain state: the scheduler, the waits and the messaging code act on it; process
/// and page frames are its resources.
class Thread final : public Object, public Alarm, public WithContext {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::thread;
    static constexpr u8 max_priority = 63;

    /// Takes a page for the message buffer, mapped at `buffer`, and one for vector state from the payer.
    [[nodiscard]] static Result<Ref<Thread>> create(Budget& payer, Process& process, VirtAddr buffer,
                                                    u8 priority);
    Thread(Budget& payer, Process& process, u8 base_priority);
    ~Thread();

    VirtAddr recovery{}; ///< where it goes on that touches what a guarded mapping does not show; 0: nowhere
    u32 unusual = 0;
    ThreadState state = ThreadState::created;
    u8 base_priority;
    u8 priority; ///< effective: raised to the caller's while serving

    // Messaging. A caller and who owes it the reply point at each other, or at the Reply object between them.
    Thread* caller = nullptr; ///< whom this thread, as a server, owes a reply
    /// Who owes this thread one, where no Reply stands between them.
    [[nodiscard]] Thread* server() const {
        return state == ThreadState::awaiting_reply ? last_server : nullptr;
    }
    Thread* last_server = nullptr; ///< means something to `server` alone: who was answered need not forget
    Reply* reply = nullptr;        ///< awaiting_reply: the kept right to answer
    u64 badge = 0; ///< calling, sending: of the handle that was used; in Waits::end_receive: the error
    abi::MessageBuffer* buffer = nullptr;
    std::array<u32, abi::max_handles> reserved{}; ///< slots set aside for handles that come in
    u8 reserved_count = 0;
    u8 accepted_count = 0; ///< how many there shall be

    // Waiting.
    ListLink queue_link;              ///< run queue, or the queue of what it waits for
    CallerQueue* queued_at = nullptr; ///< calling, sending: what that queue is a part of
    ListLink level_link;              ///< there: the first of its priority
    u8 queued_priority = 0;           ///< there: the priority that it came with

    ListLink lent_link; ///< its priority, and of those who serve it, is still to be changed

    Core* home = nullptr;  ///< the only core that may run it; null: any may
    u32 demand = 0;        ///< synchronizing: the number of the last demand that it waits for
    u64 id = 0;            ///< from its start on: counts up over all threads
    u64 fault_address = 0; ///< where its last fault was

    SlotUse use; ///< the capability that it calls or waits through

    Observer observer; ///< of its end

    // The fast path's own.
    Slot* const* handles = nullptr; ///< the process's table: its pages
    u64* extra_words = nullptr;     ///< of the message buffer: those beyond the words in registers
    u64 fast_calls = 0;

    // Accounting. While it runs, what it had before less the clock's reading when it began: a switch adds the
    // reading here and takes it off there, and nothing else is written.
    Ticks cpu_time{};
    void start_clock(Ticks now) { cpu_time.raw -= now.raw; }
    void stop_clock(Ticks now) { cpu_time.raw += now.raw; }

    [[nodiscard]] Process& process() const; // process.h
    ListLink process_link;                  ///< the process's threads
    ListLink member_link;                   ///< ... living or not
    bool told_to_end = false;               ///< with its process; a core that runs it ends it

    Ref<Thread> self; ///< from its start to its end, so that it runs without anybody holding a handle
    /// A memory object that MemoryCreate is still filling, slice by slice.
    Ref<Memory> work;
    /// A change of an address space that takes several slices: its own one, or another one that comes before
    /// it.
    struct LongMapping {
        Ref<Process> process;
        bool is_own = false;
        std::optional<Result<>> result; ///< of its own one, once that is complete
    };
    LongMapping mapping;
    /// Its call is made again once what ended processes held has been taken apart.
    bool awaits_memory = false;
    /// Its call has done a slice of what it does, and is made again for the next one.
    bool repeats = false;
    /// A budget that BudgetEnd is still ending, slice by slice.
    Ref<Budget> budget_to_end;
    /// A capability whose derived ones HandleRevoke is still removing, slice by slice.
    abi::Handle revoking{};
    ListLink revoke_link; ///< of Revocations

    void set_home(Core* core) {
        home = core;
        unusual = core ? unusual | unusual::pinned : unusual & ~unusual::pinned;
    }
    [[nodiscard]] bool may_run_on(const Core& core) const { return !home || home == &core; }
    /// The process no longer sees the message buffer.
    void unmap_buffer();
    [[nodiscard]] bool is_blocked() const { return state > ThreadState::stopped; }

  private:
    friend class Inspector;
    [[nodiscard]] Result<> take_pages(VirtAddr buffer);

    Ref<Process> process_;
    Ref<Memory> buffer_memory_;
    VirtAddr buffer_address_{};
    PhysAddr vector_frame_{};
};

inline void SlotUse::leave_slot() {
    if (!place_) return;
    *place_ = next_;
    if (next_) next_->use.place_ = place_;
    place_ = nullptr;
    next_ = nullptr;
}

using WaitList = List<Thread, &Thread::queue_link>;

/// The highest priority among a list's first threads, as many as can be asked at a time; -1: there are none.
template <ListLink Thread::* Link>
[[nodiscard]] int highest_priority(const List<Thread, Link>& threads) {
    u32 left = 128;
    int highest = -1;
    for (const Thread& thread : threads) {
        highest = std::max<int>(highest, thread.priority);
        if (--left == 0) break;
    }
    return highest;
}

} // namespace pith::kernel
