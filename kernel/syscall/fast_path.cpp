#include "kernel/object/endpoint.h"
#include "kernel/syscall/messages.h"
#include "kernel/syscall/system_call.h"
#include "kernel/syscall/transfer.h"

#include <machine/any_value.h>

#include <bit>
#include <optional>

/// The ordinary case of `call` and `reply_and_receive`: a message of words, perhaps with handles, a partner
/// that waits, nothing unusual on either side. The first ten words stay in their registers. Checks first;
/// where one fails nothing has changed and the slow path (messages.cpp) does the whole call.
/// docs/architecture.md tells what each group of instructions is for.
namespace pith::kernel {

namespace {

enum class Words : u8 { in_registers, and_in_buffer, and_handles };
/// Who is pinned to a core, and slots that the one that will wait has to set aside again.
enum class Extras : bool { none, perhaps };

/// The tag says which call it is, how many words there are beyond those in registers, how many handles, one
/// at least, and nothing else.
inline bool has_handles_only(const Thread& from, abi::MessageCall call) {
    const abi::MessageTag tag = from.context.registers.tag();
    return tag.low() == std::to_underlying(call) && tag.well_formed() && !tag.with_deadline() &&
           tag.handles() != 0;
}

[[gnu::always_inline]] inline void copy_words(const Thread& from, Thread& to) {
    constexpr u64 count_bits = 0xf'ff00;
    const abi::MessageTag tag = from.context.registers.tag();
    to.context.registers.rax = tag.raw & count_bits; // MessageTag::make(message, words, handles)
    Machine::copy_words(from.extra_words, to.extra_words, tag.extra_words());
}

/// How an attempt comes out. The lock is released.
struct Outcome {
    enum class Kind : u8 {
        refused, ///< nothing has changed
        unusual, ///< nor here: one of the two is; perhaps by its core or slots only, try again with
                 ///< Extras::perhaps
        more,    ///< nor here: there is more in the message than words, try again with Words::and_handles
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
template <Words words>
[[gnu::always_inline]] inline Outcome switch_directly(Machine& machine, Core& core, Thread& from, Thread& to,
                                                      u64 badge) {
    if constexpr (words != Words::in_registers) copy_words(from, to);
    Locked<Kernel>& lock = core.kernel; // read while there is a register for the core
    to.state = ThreadState::running;
    core.current = &to;
    Registers* const end = machine.switch_in_call(core.local, from.context, to.context);
    lock.release();
    return {Outcome::Kind::taken, end, badge};
}

[[gnu::always_inline]] inline Outcome refuse(Core& core, Outcome::Kind kind = Outcome::Kind::refused) {
    core.kernel.release();
    return {kind};
}

/// Whether the thread, which will wait, has the slots that it accepts handles in: those that a message has
/// taken are replaced. What is set aside stays so, whatever becomes of the attempt.
template <Extras extras>
[[gnu::always_inline]] inline bool is_prepared(Thread& self) {
    if constexpr (extras == Extras::perhaps)
        return (self.unusual & unusual::short_of_slots) == 0 || has_slots_again(self);
    return true;
}

/// What speaks against the ordinary case.
template <Extras extras>
[[gnu::always_inline]] inline u32 what_is_unusual(const std::same_as<Thread> auto&... threads) {
    const u32 all = (threads.unusual | ...);
    return extras == Extras::perhaps ? all & ~unusual::pinned : all;
}
template <Extras extras>
[[gnu::always_inline]] inline bool is_unusual(const Thread& thread) {
    return what_is_unusual<extras>(thread) != 0;
}
/// Who would run next has to do so on another core.
template <Extras extras>
[[gnu::always_inline]] inline bool is_elsewhere(const Thread& to, const Core& core) {
    return extras == Extras::perhaps && !to.may_run_on(core);
}
template <Extras extras>
constexpr auto unusual_kind = extras == Extras::none ? Outcome::Kind::unusual : Outcome::Kind::refused;
/// The same for an answer, where it is not tried again if that would come to nothing: where somebody has
/// come, and to a fault. Looks anew: the ordinary case has no register to keep it in.
template <Extras extras>
[[gnu::always_inline]] inline Outcome::Kind unusual_answer(const Endpoint& endpoint, const Thread& caller) {
    const volatile u32& arrivals = endpoint.arrivals();
    const volatile u32& strange = caller.unusual;
    return (strange & unusual::faulted) == 0 && arrivals == 0 ? unusual_kind<extras> : Outcome::Kind::refused;
}

/// Checks what the message holds beyond the words in registers, and brings its handles over, if it has any:
/// the last thing that can fail.
template <Words words>
[[gnu::always_inline]] inline std::optional<Outcome::Kind>
take_more(Kernel& kernel, Thread& from, Thread& to, abi::MessageCall call, abi::Handle through) {
    if constexpr (words == Words::and_in_buffer) {
        if (!is_plain(from.context.registers.tag(), call)) return Outcome::Kind::more;
    } else if constexpr (words == Words::and_handles) {
        // Who revokes while handles are copied has to be kept pace with.
        if (!has_handles_only(from, call) || kernel.revocations().under_way() ||
            !transfer_handles(from, to, from.context.registers.tag(), through))
            return Outcome::Kind::refused;
    }
    return std::nullopt;
}

struct Call {
    template <Words words, Extras extras>
    [[gnu::always_inline]] static Outcome attempt(abi::Handle handle, Core& core) {
        Kernel& kernel = core.kernel.acquire();
        Machine& machine = kernel.machine();
        Thread& self = *core.current;
        if (!is_prepared<extras>(self)) [[unlikely]]
            return refuse(core);
        if (is_unusual<extras>(self)) [[unlikely]]
            return refuse(core, unusual_kind<extras>);
        const Slot* slot = HandleTable::find(self.handles, handle, Standing::may_call);
        if (!slot) [[unlikely]]
            return refuse(core);
        self.use.handle = handle; // means nothing while it runs, and here costs no register
        auto& endpoint = static_cast<Endpoint&>(*slot->object);
        Thread* server = endpoint.receivers().front();
        if (!server) [[unlikely]]
            return refuse(core);
        if (is_unusual<extras>(*server)) [[unlikely]]
            return refuse(core, unusual_kind<extras>);
        if (is_elsewhere<extras>(*server, core)) [[unlikely]]
            return refuse(core);
        if (const auto more = take_more<words>(kernel, self, *server, abi::MessageCall::call, handle))
            [[unlikely]]
            return refuse(core, *more);

        const u64 badge = slot->badge;
        static_cast<void>(endpoint.receivers().pop_front());
        account(machine, self, *server);
        server->caller = &self;
        // The caller runs, so nothing that is ready has a higher priority, and the server gets its own at
        // least.
        if (self.priority > server->priority) server->priority = self.priority;
        self.last_server = server;
        self.state = ThreadState::awaiting_reply;
        ++self.fast_calls;
        return switch_directly<words>(machine, core, self, *server, badge);
    }
};

struct ReplyAndReceive {
    template <Words words, Extras extras>
    [[gnu::always_inline]] static Outcome attempt(abi::Handle handle, Core& core) {
        Kernel& kernel = core.kernel.acquire();
        Thread& self = *core.current;
        if (!is_prepared<extras>(self)) [[unlikely]]
            return refuse(core);
        Thread* caller = self.caller;
        if (!caller) [[unlikely]]
            return refuse(core);
        if (const int highest = kernel.ready().highest(); caller->priority <= highest) [[unlikely]] {
            // A caller that shares its core with equals: then the timer must be running, or it would share no
            // more.
            if (caller->priority < highest || !core.slice_is_timed) return refuse(core);
        }
        const Slot* slot = HandleTable::find(self.handles, handle, Standing::may_receive);
        if (!slot) [[unlikely]]
            return refuse(core);
        auto& endpoint = static_cast<Endpoint&>(*slot->object);
        // One word tells that nothing has come, and that nothing is unusual.
        if ((what_is_unusual<extras>(self, *caller) | endpoint.arrivals()) != 0) [[unlikely]]
            return refuse(core, unusual_answer<extras>(endpoint, *caller));
        if (is_elsewhere<extras>(*caller, core)) [[unlikely]]
            return refuse(core);
        if (const auto more = take_more<words>(kernel, self, *caller, abi::MessageCall::reply_and_receive,
                                               handle)) [[unlikely]]
            return refuse(core, *more);

        self.use.handle = handle;
        endpoint.receivers().push_front_new(self);
        account(kernel.machine(), self, *caller);
        self.caller = nullptr;
        self.priority = self.base_priority;
        self.state = ThreadState::receiving;
        return switch_directly<words>(kernel.machine(), core, self, *caller, 0);
    }
};

// Each way out is a jump, so that no frame is made, and the entry code tests for nothing.
template <class Operation, Words words, Extras extras, FastPath& refused>
FastExit take(u64 handle, u64 word6, u64, void* at, u64 word7, u64 word8) {
    const Outcome outcome = Operation::template attempt<words, extras>({handle}, *static_cast<Core*>(at));
    if constexpr (extras == Extras::none)
        if (outcome.kind == Outcome::Kind::unusual) [[unlikely]] {
            constexpr FastPath& with_extras = take<Operation, words, Extras::perhaps, refused>;
            [[clang::musttail]] return with_extras(handle, word6, any_value(), at, word7, word8);
        }
    if constexpr (words == Words::and_in_buffer)
        if (outcome.kind == Outcome::Kind::more) [[unlikely]] {
            constexpr FastPath& with_handles = take<Operation, Words::and_handles, extras, refused>;
            [[clang::musttail]] return with_handles(handle, word6, any_value(), at, word7, word8);
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
    take<Call, few, Extras::none, fast_call_refused>,
    take<ReplyAndReceive, few, Extras::none, fast_reply_refused>,
    take<Call, more, Extras::none, fast_path_with_words_refused>,
    take<ReplyAndReceive, more, Extras::none, fast_path_with_words_refused>,
};

} // namespace pith::kernel
