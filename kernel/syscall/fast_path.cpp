#include "kernel/object/endpoint.h"
#include "kernel/syscall/system_call.h"

#include <machine/any_value.h>

/// The ordinary case of `call` and `reply_and_receive`: a message of words and no handles, a partner that
/// waits, nothing unusual on either side. The first ten words stay in their registers. Checks first; where
/// one fails nothing has changed and the slow path (messages.cpp) does the whole call. docs/architecture.md
/// tells what each group of instructions is for.
namespace pith::kernel {

namespace {

enum class Words : bool { in_registers, and_in_buffer };
enum class Ports : bool { of_nobody, of_either };

/// The tag's words beyond those in registers are as many as there can be, at most.
[[gnu::always_inline]] inline bool fits(const Thread& from) {
    return from.context.registers.tag().extra_words() <= abi::max_words - abi::register_words;
}

[[gnu::always_inline]] inline void copy_words(const Thread& from, Thread& to) {
    constexpr u64 count_bits = 0xff00;
    const abi::MessageTag tag = from.context.registers.tag();
    to.context.registers.rax = tag.raw & count_bits; // MessageTag::make(message, count, 0)
    Machine::copy_words(from.extra_words, to.extra_words, tag.extra_words());
}

/// How an attempt comes out. The lock is released.
struct Outcome {
    enum class Kind : u8 {
        refused, ///< nothing has changed
        unusual, ///< nor here: one of the two is; perhaps it has ports only, try again with Ports::of_either
        taken,
    } kind = Kind::refused;
    Registers* end = nullptr; ///< of whom to resume
    u64 badge = 0;
};

[[gnu::always_inline]] inline void account(Machine& machine, Thread& from, Thread& to) {
    const Ticks now = machine.ticks();
    from.stop_clock(now);
    to.start_clock(now);
}

/// From one thread straight to the other: no run queue, no new time slice.
template <Words words, Ports ports>
[[gnu::always_inline]] inline Outcome switch_directly(Machine& machine, Core& core, Thread& from, Thread& to,
                                                      u64 badge) {
    if constexpr (words == Words::and_in_buffer) copy_words(from, to);
    to.state = ThreadState::running;
    core.current = &to;
    if constexpr (ports == Ports::of_either) Machine::select_ports(core.local, to.context);
    machine.switch_in_call(core.local, from.context, to.context);
    core.kernel.release();
    return {Outcome::Kind::taken, Machine::end_of(to.context.registers), badge};
}

[[gnu::always_inline]] inline Outcome refuse(Core& core, Outcome::Kind kind = Outcome::Kind::refused) {
    core.kernel.release();
    return {kind};
}

/// What speaks against the ordinary case.
template <Ports ports>
[[gnu::always_inline]] inline bool is_unusual(const std::same_as<Thread> auto&... threads) {
    const u32 all = (threads.unusual | ...);
    return (ports == Ports::of_either ? all & ~unusual::ports : all) != 0;
}
template <Ports ports>
constexpr auto unusual_kind = ports == Ports::of_nobody ? Outcome::Kind::unusual : Outcome::Kind::refused;

struct Call {
    template <Words words, Ports ports>
    [[gnu::always_inline]] static Outcome attempt(abi::Handle handle, Core& core) {
        Machine& machine = core.kernel.acquire().machine();
        Thread& self = *core.current;
        if (is_unusual<ports>(self)) [[unlikely]]
            return refuse(core, unusual_kind<ports>);
        const Slot* slot = HandleTable::find_endpoint(self.handles, handle, Standing::may_call);
        if (!slot) [[unlikely]]
            return refuse(core);
        auto& endpoint = static_cast<Endpoint&>(*slot->object);
        Thread* server = endpoint.receivers().front();
        if (!server) [[unlikely]]
            return refuse(core);
        if (is_unusual<ports>(*server)) [[unlikely]]
            return refuse(core, unusual_kind<ports>);
        if constexpr (words == Words::and_in_buffer) {
            if (!fits(self)) [[unlikely]]
                return refuse(core);
        }

        const u64 badge = slot->badge;
        static_cast<void>(endpoint.receivers().pop_front());
        account(machine, self, *server);
        server->caller = &self;
        // The caller runs, so nothing that is ready has a higher priority, and the server gets its own at
        // least.
        if (self.priority > server->priority) server->priority = self.priority;
        self.server = server;
        self.state = ThreadState::awaiting_reply;
        ++self.fast_calls;
        return switch_directly<words, ports>(machine, core, self, *server, badge);
    }
};

struct ReplyAndReceive {
    template <Words words, Ports ports>
    [[gnu::always_inline]] static Outcome attempt(abi::Handle handle, Core& core) {
        Kernel& kernel = core.kernel.acquire();
        Thread& self = *core.current;
        Thread* caller = self.caller;
        if (!caller) [[unlikely]]
            return refuse(core);
        if (const int highest = kernel.ready().highest(); caller->priority <= highest) [[unlikely]] {
            // A caller that shares its core with equals: then the timer must be running, or it would share no
            // more.
            if (caller->priority < highest || !core.slice_is_timed()) return refuse(core);
        }
        const Slot* slot = HandleTable::find_endpoint(self.handles, handle, Standing::may_receive);
        if (!slot) [[unlikely]]
            return refuse(core);
        auto& endpoint = static_cast<Endpoint&>(*slot->object);
        if (endpoint.may_have_arrivals()) [[unlikely]]
            return refuse(core);
        if (is_unusual<ports>(self, *caller)) [[unlikely]]
            return refuse(core, unusual_kind<ports>);
        if constexpr (words == Words::and_in_buffer) {
            if (!fits(self)) [[unlikely]]
                return refuse(core);
        }

        self.use.handle = handle;
        endpoint.receivers().push_front_new(self);
        account(kernel.machine(), self, *caller);
        self.caller = nullptr;
        caller->server = nullptr;
        self.priority = self.base_priority;
        self.state = ThreadState::receiving;
        return switch_directly<words, ports>(kernel.machine(), core, self, *caller, 0);
    }
};

// Each way out is a jump, so that no frame is made, and the entry code tests for nothing.
template <class Operation, Words words, Ports ports, FastPath& refused>
FastExit take(u64 handle, u64 word6, u64, void* at, u64 word7, u64 word8) {
    const Outcome outcome = Operation::template attempt<words, ports>({handle}, *static_cast<Core*>(at));
    if constexpr (ports == Ports::of_nobody)
        if (outcome.kind == Outcome::Kind::unusual) [[unlikely]] {
            constexpr FastPath& with_ports = take<Operation, words, Ports::of_either, refused>;
            [[clang::musttail]] return with_ports(handle, word6, any_value(), at, word7, word8);
        }
    if (outcome.kind == Outcome::Kind::refused) [[unlikely]] {
        [[clang::musttail]] return refused(handle, word6, any_value(), at, word7, word8);
    }
    constexpr FastPath& taken = words == Words::in_registers ? fast_path_taken : fast_path_with_words_taken;
    [[clang::musttail]] return taken(outcome.badge, word6, any_value(), outcome.end, word7, word8);
}

constexpr Words few = Words::in_registers, more = Words::and_in_buffer;

} // namespace

FastPath* const fast_paths[4] = {
    take<Call, few, Ports::of_nobody, fast_call_refused>,
    take<ReplyAndReceive, few, Ports::of_nobody, fast_reply_refused>,
    take<Call, more, Ports::of_nobody, fast_path_with_words_refused>,
    take<ReplyAndReceive, more, Ports::of_nobody, fast_path_with_words_refused>,
};

} // namespace pith::kernel
