#pragma once

#include "kernel/kernel.h"
#include "kernel/machine/host/arena.h"

#include <string>

namespace pith::kernel {

/// The whole portable kernel as an ordinary object: so much RAM, some cores, and threads whose next system
/// call the test says. What entry.S does on the real machine, this does here.
///
/// A step is one entry into the kernel by the core that `on` chose last, from the lock taken to the lock
/// released: all that cores share lies behind that lock, so every order of such steps, and of the moments at
/// which a core notices that another has interrupted it, is every way in which cores can interleave.
class Simulation {
  public:
    static constexpr u32 most_cores = Machine::most_cores;
    explicit Simulation(PageCount ram = pages(2048), u32 cores = 1);
    Simulation(const Simulation&) = delete;
    ~Simulation();

    [[nodiscard]] Kernel& kernel() { return *state_->kernel.lock(); }
    [[nodiscard]] Machine& machine() { return state_->machine; }
    [[nodiscard]] Core& core() { return *core_; }
    /// The core that takes the next steps.
    Simulation& on(u32 core);
    [[nodiscard]] u32 cores() { return kernel().core_count(); }
    [[nodiscard]] CoreLocal& local(u32 core) { return state_->locals[core]; }
    [[nodiscard]] const CoreLocal& local() const { return *local_; }
    /// The core notices that another has interrupted it, if one has.
    void notice();
    /// All cores do, and do what is left to them, until there is nothing left.
    void quiesce();
    /// The core's thread uses an address: what it finds there, or nothing where that is a fault. It believes
    /// what it knows.
    [[nodiscard]] std::optional<PhysAddr> touch(VirtAddr address);
    /// ... a port: whether it may.
    [[nodiscard]] bool touch_port(u32 port);
    [[nodiscard]] Thread* current() { return core_->current; }
    [[nodiscard]] PageCount free_frames() { return state_->frames.statistics().free; }

    /// A process with one started thread, whose budget is the root's.
    struct Program {
        Ref<Process> process;
        Ref<Thread> thread;
    };
    [[nodiscard]] Program start(u8 priority = 10);
    /// Lets the scheduler pick; as after every entry.
    void settle();

    /// The current thread makes an ordinary call. What it returned is in its registers when it next runs.
    template <class Call>
    void make(const Call& call);
    /// ... and, when it did not wait, what it returned.
    template <class Call>
    [[nodiscard]] auto invoke(const Call& call);

    struct Message {
        abi::MessageTag tag;
        u64 badge;
        std::array<u64, abi::register_words> words;
        [[nodiscard]] abi::Status status() const { return abi::Status{tag.low()}; }
        [[nodiscard]] Error error() const { return Error{tag.error()}; }
    };
    /// The current thread makes a messaging call: the fast way first, as entry.S does.
    void send(abi::MessageCall call, abi::Handle handle, std::array<u64, abi::register_words> words = {},
              u32 extra_words = 0, u32 handles = 0, bool with_deadline = false, bool moves = false);
    /// ... or the slow way at once.
    void send_slowly(abi::MessageCall call, abi::Handle handle,
                     std::array<u64, abi::register_words> words = {}, u32 extra_words = 0, u32 handles = 0,
                     bool with_deadline = false, bool moves = false);
    /// Of all messaging calls.
    [[nodiscard]] u64 fast_paths_taken() const { return fast_paths_taken_; }
    /// What a thread's last messaging call came back with.
    [[nodiscard]] static Message message_of(const Thread& thread);

    /// Any ordinary call by its number, with whatever is in its six registers.
    void make_raw(u64 number, const std::array<u64, 6>& words);
    /// The timer fires at `time`.
    void pass_time(Instant time);
    void interrupt(u32 line);
    /// The current thread runs into an exception.
    void fault(u64 vector, u64 address);

    /// From now on kernel work that is done in slices is left to the test: while `polling`, the core lets
    /// interrupts in and then settles.
    void set_stepwise() { stepwise_ = true; }
    [[nodiscard]] bool polling() const { return local_->polling; }
    [[nodiscard]] std::string& log_text() { return log_text_; }

  private:
    friend class Snapshot;

    /// All that a run changes, but the log. Lies in one arena with the frame records and RAM behind it, and
    /// points nowhere else: so a Snapshot can bring an earlier state back byte by byte.
    struct State {
        State(std::span<std::byte> ram, std::span<FrameRecord> records, Log& log);
        std::span<std::byte> ram;
        std::span<FrameRecord> records;
        Machine machine;
        FrameAllocator frames;
        std::array<CoreLocal, most_cores> locals;
        std::array<std::array<abi::TraceEntry, 16>, most_cores> traces{};
        Locked<Kernel> kernel;
    };
    void follow(Exit exit);
    FastExit fast_path(abi::MessageTag tag, abi::Handle handle);

    Arena arena_;
    std::string log_text_;
    Log log_;
    bool stepwise_ = false;
    u64 fast_paths_taken_ = 0;
    State* state_; // owned, in the arena
    Core* core_;   // that takes the next step
    CoreLocal* local_;
};

template <class Call>
void Simulation::make(const Call& call) {
    std::array<u64, 6> words{};
    if constexpr (!std::is_empty_v<Call>) std::memcpy(words.data(), &call, sizeof call);
    make_raw(abi::number_of<Call>, words);
}

template <class Call>
auto Simulation::invoke(const Call& call) {
    const Ref<Thread> thread{*current()};
    make(call);
    const Registers& registers = thread->context.registers;
    Result<typename Call::Reply> result{};
    if (registers.rax != 0)
        result = fail(static_cast<Error>(registers.rax));
    else if constexpr (!std::is_empty_v<typename Call::Reply>) {
        const std::array values{registers.rdx, registers.rsi, registers.r8};
        std::memcpy(&*result, values.data(), sizeof *result);
    }
    return result;
}

} // namespace pith::kernel
