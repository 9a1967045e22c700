#pragma once

#include "abi/syscalls.h"
#include "kernel/memory/address_space.h"
#include "kernel/object/badge.h"
#include "kernel/object/budget.h"
#include "kernel/object/fault_handler.h"
#include "kernel/object/handle_table.h"
#include "kernel/object/observer.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

struct ExitReason {
    abi::ExitKind kind{};
    u64 detail = 0;
    u64 address = 0;
};

/// An address space and a handle table, and the threads that use them. Lives while it has threads; what it
/// held is taken apart when it ends, the object itself stays until nobody asks for the reason any more.
class Process final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::process;

    [[nodiscard]] static Result<Ref<Process>> create(Budget& payer, u64 id, std::array<char, 16> name);
    Process(Budget& payer, u64 id, std::array<char, 16> name, PageTable table);
    ~Process();

    [[nodiscard]] u64 id() const { return id_; }
    [[nodiscard]] const std::array<char, 16>& name() const { return name_; }
    [[nodiscard]] Budget& budget() const { return payer(); }
    [[nodiscard]] AddressSpace& space() { return space_; }
    [[nodiscard]] HandleTable& handles() { return handles_; }
    /// Whether there is nothing that would have to be taken apart, but pages of handles so few that its
    /// destructor gives them back.
    [[nodiscard]] bool is_empty() const {
        return handles_.handles_in_use() == 0 && handles_.page_count() <= HandleTable::pages_a_slice / 4 &&
               space_.empty();
    }

    /// Threads that have not ended; each keeps a reference to the process.
    List<Thread, &Thread::process_link> threads;
    /// How many there may be, those that were not started yet included: some calls ask all of them.
    static constexpr u32 max_threads = 1024;
    u32 thread_count = 0;
    /// All thread objects, those that never ran or have ended, too; each has a reference to the process.
    List<Thread, &Thread::member_link> members;
    ListLink embryo_link; ///< until its first thread runs: the embryos of the process that made it
    /// Processes that this one has made and that never ran: they end with it, whoever holds handles to them.
    /// Otherwise two that hold each other would be there for ever.
    List<Process, &Process::embryo_link> embryos;
    Observer observer;
    FaultHandler fault_handler;
    ExitReason reason;
    bool ended = false;
    int urgency = -1;      ///< of closing its handles, once it has ended
    bool left = false;     ///< has ended, and no core runs a thread of it any more
    u64 slow_calls = 0;    ///< messages sent with `call` or `send`, but for those that took the fast path
    u64 fast_calls = 0;    ///< ... that did, of threads that have ended
    Ticks cpu_time{};      ///< of threads that have ended
    TreeLink all_link;     ///< every process, in order of identity
    ListLink stop_link;    ///< of the Reclaimer: has ended, and has threads or embryos that have not
    ListLink change_link;  ///< of the Reclaimer: nobody waits for a change of its space any more
    ListLink reclaim_link; ///< ended processes that are still being taken apart

    /// Of its threads, those that have ended included, but for `threads` and `cores`.
    struct Sums {
        u64 threads = 0, fast_calls = 0;
        Ticks cpu_time{};
        u64 cores = 0; ///< a bit for each that one of them may run on
    };
    [[nodiscard]] Sums sums(Ticks now, u64 all_cores) const;

  private:
    u64 id_;
    std::array<char, 16> name_;
    AddressSpace space_;
    HandleTable handles_;
};

inline Process& Thread::process() const { return *process_; }

} // namespace pith::kernel
