#include "kernel/object/endpoint.h"
#include "kernel/object/notification.h"
#include "kernel/syscall/system_call.h"

/// The ordinary case of `call` and `reply_and_receive`: a message of words and no handles, a partner that
/// waits, nothing unusual on either side. The first ten words stay in their registers. Checks first; where
/// one fails nothing has changed and the slow path (messages.cpp) does the whole call. docs/architecture.md
/// tells what each group of instructions is for.
namespace pith::kernel {

namespace {

enum class Words : bool { in_registers, and_in_buffer };

/// The tag's words beyond those in registers are as many as there can be, at most.
[[gnu::always_inline]] inline bool fits(const Thread& from) {
    return from.context.registers.tag().extra_words() <= abi::max_words - abi::register_words;
}

[[gnu::always_inline]] inline void copy_words(const Thread& from, Thread& to) {
    const u64 count = from.context.registers.tag().extra_words();
    Machine::copy_words(&from.buffer->words[abi::register_words], &to.buffer->words[abi::register_words],
                        count);
    to.context.registers.rax = count << 8; // MessageTag::make(message, count, 0)
}

/// How a fast path comes out, and whether the lock is still held.
struct Outcome {
    enum class Kind : u8 {
        refused,            ///< nothing has changed; released
        switched,           ///< all is done; released
        switched_but_ports, ///< those of the next thread are to be selected; held
    } kind = Kind::refused;
    Thread* next = nullptr;
    u64 badge = 0;
};

/// From one thread straight to the other: no run queue, no new time slice.
[[gnu::always_inline]] inline Outcome switch_directly(Core& core, Locked<Kernel>& lock, Kernel& kernel,
                                                      Thread& from, Thread& to, u64 badge) {
    const Ticks now = kernel.machine().ticks();
    from.stop_clock(now);
    to.start_clock(now);
    to.state = ThreadState::running;
    core.current = &to;
    ++core.fast_calls;
    const bool complete = kernel.machine().switch_in_call(core.local, from.context, to.context);
    if (!complete) [[unlikely]]
        return {Outcome::Kind::switched_but_ports, &to, badge};
    lock.release();
    return {Outcome::Kind::switched, &to, badge};
}

[[gnu::always_inline]] inline Outcome refuse(Locked<Kernel>& lock) {
    lock.release();
    return {};
}

template <Words words>
[[gnu::always_inline]] inline Outcome call(abi::Handle handle, Core& core) {
    Locked<Kernel>& lock = core.kernel;
    Kernel& kernel = lock.acquire();
    Thread& self = *core.current;
    Process& process = self.process();
    const Slot* slot = process.handles().find(handle, abi::Kind::endpoint, abi::rights::endpoint::call);
    if (!slot) [[unlikely]]
        return refuse(lock);
    auto& endpoint = static_cast<Endpoint&>(*slot->object);
    Thread* server = endpoint.receivers().front();
    if (!server) [[unlikely]]
        return refuse(lock);
    if ((self.unusual | server->unusual) != 0) [[unlikely]]
        return refuse(lock);
    if constexpr (words == Words::and_in_buffer) {
        if (!fits(self)) [[unlikely]]
            return refuse(lock);
        copy_words(self, *server);
    }

    static_cast<void>(endpoint.receivers().pop_front());
    server->caller = &self;
    // The caller runs, so nothing that is ready has a higher priority, and the server gets at least its own.
    if (self.priority > server->priority) server->priority = self.priority;
    self.server = server;
    self.use.handle = handle;
    self.state = ThreadState::awaiting_reply;
    ++process.calls;
    return switch_directly(core, lock, kernel, self, *server, slot->badge);
}

template <Words words>
[[gnu::always_inline]] inline Outcome reply_and_receive(abi::Handle handle, Core& core) {
    Locked<Kernel>& lock = core.kernel;
    Kernel& kernel = lock.acquire();
    Thread& self = *core.current;
    const Slot* slot =
        self.process().handles().find(handle, abi::Kind::endpoint, abi::rights::endpoint::receive);
    if (!slot) [[unlikely]]
        return refuse(lock);
    auto& endpoint = static_cast<Endpoint&>(*slot->object);
    Thread* caller = self.caller;
    if (!caller) [[unlikely]]
        return refuse(lock);
    if (!endpoint.callers().empty() || endpoint.has_news()) [[unlikely]]
        return refuse(lock);
    if ((self.unusual | caller->unusual) != 0) [[unlikely]]
        return refuse(lock);
    if (const int highest = kernel.ready().highest(); caller->priority <= highest) [[unlikely]] {
        // A caller that shares its core with equals: then the timer must be running, or it would share no
        // more.
        if (caller->priority < highest || !core.slice_is_timed()) return refuse(lock);
    }
    if constexpr (words == Words::and_in_buffer) {
        if (!fits(self)) [[unlikely]]
            return refuse(lock);
        copy_words(self, *caller);
    }

    self.caller = nullptr;
    caller->server = nullptr;
    self.priority = self.base_priority;
    self.state = ThreadState::receiving;
    self.use.handle = handle;
    endpoint.receivers().push_front(self);
    return switch_directly(core, lock, kernel, self, *caller, 0);
}

/// The rest of a switch from or to a process that has ports: the lock is still held.
[[gnu::noinline]] FastExit select_ports(u64 badge, Core& core) {
    ThreadContext& next = core.current->context;
    Machine::select_ports(core.local, next);
    core.kernel.release();
    return {&next.registers + 1, badge};
}

} // namespace

#define FINISH(outcome_of_path)                                                                              \
    const Outcome outcome = outcome_of_path;                                                                 \
    if (outcome.kind == Outcome::Kind::refused) [[unlikely]]                                                 \
        [[clang::musttail]] return fast_path_refused(handle, core);                                          \
    if (outcome.kind == Outcome::Kind::switched_but_ports) [[unlikely]]                                      \
        [[clang::musttail]] return select_ports(outcome.badge, core);                                        \
    return { &outcome.next->context.registers + 1, outcome.badge }

// What is not ordinary is a jump, so that no frame is made and a refusal leaves none behind.
FastExit kernel_fast_call(u64 handle, Core& core) { FINISH(call<Words::in_registers>({handle}, core)); }
FastExit kernel_fast_reply_and_receive(u64 handle, Core& core) {
    FINISH(reply_and_receive<Words::in_registers>({handle}, core));
}
FastExit kernel_fast_call_with_words(u64 handle, Core& core) {
    FINISH(call<Words::and_in_buffer>({handle}, core));
}
FastExit kernel_fast_reply_and_receive_with_words(u64 handle, Core& core) {
    FINISH(reply_and_receive<Words::and_in_buffer>({handle}, core));
}

} // namespace pith::kernel
