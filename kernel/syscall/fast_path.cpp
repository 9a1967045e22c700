#include "kernel/object/endpoint.h"
#include "kernel/syscall/system_call.h"

/// The ordinary case of `call` and `reply_and_receive`: a message of at most ten words and no handles, a
/// partner that waits, nothing unusual on either side. The words stay in their registers. Checks first; where
/// one fails nothing has changed and the slow path (messages.cpp) does the whole call.
namespace pith::kernel {

namespace {

/// From one thread straight to the other: no run queue, no new time slice.
[[gnu::always_inline]] inline FastExit switch_directly(Kernel& kernel, Core& core, Thread& from, Thread& to,
                                                       u64 badge) {
    const Ticks now = kernel.machine().ticks();
    from.cpu_time.raw += now.raw - core.accounted.raw;
    core.accounted = now;
    to.state = ThreadState::running;
    core.current = &to;
    core.loaded = &to.context;
    ++core.fast_calls;
    kernel.machine().switch_in_call(core.local, from.context, to.context);
    return {&to.context, badge};
}

} // namespace

[[gnu::always_inline]] inline FastExit Kernel::fast_call(Core& core, abi::Handle handle) {
    Thread& self = *core.current;
    const Slot* slot =
        self.process().handles().find(handle, abi::Kind::endpoint, abi::rights::endpoint::call);
    if (!slot) [[unlikely]]
        return {};
    auto& endpoint = static_cast<Endpoint&>(*slot->object);
    Thread* server = endpoint.receivers().front();
    if (!server || (self.unusual | server->unusual) != 0) [[unlikely]]
        return {};

    endpoint.receivers().pop_front();
    server->caller = &self;
    // The caller runs, so nothing that is ready has a higher priority, and the server gets at least its own.
    if (self.priority > server->priority) server->priority = self.priority;
    self.server = server;
    self.use.handle = handle;
    self.state = ThreadState::awaiting_reply;
    ++self.process().calls;
    return switch_directly(*this, core, self, *server, slot->badge);
}

[[gnu::always_inline]] inline FastExit Kernel::fast_reply_and_receive(Core& core, abi::Handle handle) {
    Thread& self = *core.current;
    const Slot* slot =
        self.process().handles().find(handle, abi::Kind::endpoint, abi::rights::endpoint::receive);
    if (!slot) [[unlikely]]
        return {};
    auto& endpoint = static_cast<Endpoint&>(*slot->object);
    Thread* caller = self.caller;
    if (!caller || !endpoint.callers().empty() || endpoint.has_news()) [[unlikely]]
        return {};
    if ((self.unusual | caller->unusual) != 0) [[unlikely]]
        return {};
    const int highest = core.ready.highest();
    if (caller->priority < highest) [[unlikely]]
        return {};
    // The caller shares its core with equals: then the timer must be running, or it would share no more.
    if (caller->priority == highest && !core.slice_is_timed()) [[unlikely]]
        return {};

    self.caller = nullptr;
    caller->server = nullptr;
    self.priority = self.base_priority;
    self.state = ThreadState::receiving;
    self.use.handle = handle;
    endpoint.receivers().push_front(self);
    return switch_directly(*this, core, self, *caller, 0);
}

FastExit kernel_fast_call(u64 handle, Core& core) { return core.kernel.lock()->fast_call(core, {handle}); }
FastExit kernel_fast_reply_and_receive(u64 handle, Core& core) {
    return core.kernel.lock()->fast_reply_and_receive(core, {handle});
}

} // namespace pith::kernel
