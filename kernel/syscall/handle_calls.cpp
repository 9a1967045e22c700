#include "kernel/object/endpoint.h"
#include "kernel/object/reply.h"
#include "kernel/syscall/messages.h"
#include "kernel/syscall/short_calls.h"
#include "kernel/syscall/system_call.h"

namespace pith::kernel {

namespace {
Result<abi::Rights> checked_rights(u64 raw) {
    if (raw > abi::rights::all.raw) return fail(Error::bad_argument);
    return abi::Rights{static_cast<u16>(raw)};
}
} // namespace

Result<abi::Nothing> set_aside(Thread& thread, u64 count) {
    if (count > abi::max_handles) return fail(Error::bad_argument);
    HandleTable& handles = thread.process().handles();
    const auto give_back_beyond = [&](u64 most) {
        for (; thread.reserved_count > most; --thread.reserved_count)
            handles.unreserve(thread.reserved[thread.reserved_count - 1u]);
    };
    const u64 before = thread.reserved_count;
    while (thread.reserved_count < count) {
        const auto slot = handles.reserve();
        if (!slot) {
            give_back_beyond(before);
            return fail(slot.error());
        }
        thread.reserved[thread.reserved_count++] = *slot;
    }
    give_back_beyond(count);
    thread.accepted_count = static_cast<u8>(count);
    thread.unusual &= ~unusual::short_of_slots;
    return {};
}

Result<abi::NewHandle> on(Caller& caller, const abi::KeepReply& call) {
    Thread* waiting = caller.thread.caller;
    if (!waiting) return fail(Error::wrong_state);
    Budget& payer = TRY(caller.payer(call.budget));
    const u32 slot = TRY(caller.handles().reserve());
    auto reply = payer.make<Reply>(*waiting);
    if (!reply) {
        caller.handles().unreserve(slot);
        return fail(reply.error());
    }
    // No `copy`: a right to answer once moves, it does not multiply.
    const abi::Handle handle = caller.handles().fill(slot, {Ref<Object>{**reply}, abi::rights::reply::reply});
    caller.thread.caller = nullptr;
    caller.kernel.set_priority(caller.thread, caller.thread.base_priority);
    return abi::NewHandle{handle};
}

Result<abi::Nothing> on(Caller& caller, const abi::HandleClose& call) {
    if (!caller.handles().find(call.handle)) return fail(Error::bad_handle);
    Capability capability = caller.handles().remove(call.handle);
    capability.object.reset();
    return {};
}

Result<abi::NewHandle> on(Caller& caller, const abi::HandleCopy& call) {
    Process& target = TRY(caller.target(call.process, abi::rights::process::grant));
    if (target.ended) return fail(Error::wrong_state);
    const abi::Rights rights = TRY(checked_rights(call.rights));
    Capability capability = TRY(caller.handles().copy(call.handle, rights));
    return abi::NewHandle{TRY(target.handles().insert(std::move(capability)))};
}

Result<abi::NewHandle> on(Caller& caller, const abi::HandleMint& call) {
    Endpoint& endpoint = TRY(caller.handles().get<Endpoint>(call.endpoint, abi::rights::endpoint::mint));
    if (endpoint.ending()) return fail(Error::bad_handle);
    const abi::Rights own = caller.handles().find(call.endpoint)->rights();
    const abi::Rights wanted = TRY(checked_rights(call.rights)) & own;
    const abi::Rights minted{static_cast<u16>(wanted.raw & ~abi::rights::endpoint::mint.raw)};
    Budget& payer = caller.process.budget();
    const u32 reserved = TRY(caller.handles().reserve());
    auto record = payer.badges().make(payer, endpoint, call.badge);
    if (!record) {
        caller.handles().unreserve(reserved);
        return fail(record.error());
    }
    Slot* source = caller.handles().find(call.endpoint);
    return abi::NewHandle{caller.handles().fill(
        reserved, {Ref<Object>{endpoint}, minted, call.badge, BadgeRef{*record}, source})};
}

Result<abi::Nothing> on(Caller& caller, const abi::HandleRevoke& call) {
    Slot* slot = caller.handles().find(call.handle);
    if (!slot) return fail(Error::bad_handle);
    caller.kernel.revocations().begin(caller.thread, *slot, call.handle);
    return {};
}

Result<abi::HandleInfo::Reply> on(Caller& caller, const abi::HandleInfo& call) {
    const Slot* slot = caller.handles().find(call.handle);
    if (!slot) return fail(Error::bad_handle);
    u64 rights = slot->rights().raw;
    if (slot->was_copied()) rights |= abi::HandleInfo::was_derived;
    if (!slot->children.empty()) rights |= abi::HandleInfo::has_derived;
    const bool is_process = slot->kind() == abi::Kind::process;
    const u64 which = is_process ? static_cast<const Process&>(*slot->object).id() : slot->badge;
    return abi::HandleInfo::Reply{std::to_underlying(slot->kind()), rights, which};
}

} // namespace pith::kernel
