#include "kernel/object/memory.h"
#include "kernel/syscall/system_call.h"

namespace pith::kernel {

namespace {
Result<abi::Rights> checked_access(u64 raw) {
    if (raw > abi::rights::all.raw) return fail(Error::bad_argument);
    return abi::Rights{static_cast<u16>(raw)};
}
} // namespace

Result<abi::NewHandle> on(Caller& caller, const abi::MemoryCreate& call) {
    Budget& payer = TRY(caller.payer(call.budget));
    if (call.size.raw == 0 || call.size > Memory::max_pages) return fail(Error::bad_argument);
    if (call.size > payer.account().available()) return fail(Error::no_memory);
    Ref<Memory> memory = TRY(payer.make<Memory>(call.size));
    if (TRY(memory->fill())) return caller.hand_out(std::move(memory));
    // More than one slice: the scheduler does the rest, at the caller's priority.
    caller.thread.work = std::move(memory);
    caller.thread.unusual |= unusual::working;
    caller.kernel.note_change();
    return abi::NewHandle{};
}

Result<abi::MemoryInfo::Reply> on(Caller& caller, const abi::MemoryInfo& call) {
    const Memory& memory = TRY(caller.handles().get<Memory>(call.memory, abi::rights::none));
    return abi::MemoryInfo::Reply{memory.size()};
}

Result<abi::Nothing> on(Caller& caller, const abi::MemoryMap& call) {
    Process& process = TRY(caller.target(call.process, abi::rights::process::map));
    const abi::Rights access = TRY(checked_access(call.access));
    const Slot* slot = TRY(caller.handles().check(call.memory, Memory::object_kind, access));
    if (process.ended) return fail(Error::wrong_state);
    auto& memory = static_cast<Memory&>(*slot->object);
    TRY(process.space().map(memory, {call.address, call.count}, slot->rights(), access, call.offset));
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::MemoryUnmap& call) {
    Process& process = TRY(caller.target(call.process, abi::rights::process::map));
    TRY(process.space().unmap({call.address, call.count}));
    caller.kernel.summons().wait(caller.thread); // then no core can touch them
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::MemoryProtect& call) {
    Process& process = TRY(caller.target(call.process, abi::rights::process::map));
    const abi::Rights access = TRY(checked_access(call.access));
    TRY(process.space().protect({call.address, call.count}, access));
    caller.kernel.summons().wait(caller.thread);
    return {};
}

} // namespace pith::kernel
