#include "kernel/object/memory.h"
#include "kernel/syscall/system_call.h"

namespace pith::kernel {

namespace {
Result<abi::Rights> checked_access(u64 raw) {
    if (raw > abi::rights::all.raw) return fail(Error::bad_argument);
    return abi::Rights{static_cast<u16>(raw)};
}

Memory& memory_of(const Slot& slot) { return static_cast<Memory&>(*slot.object); }

/// The caller goes on when the change is complete.
abi::Nothing progress(const Caller& caller, Process& process, Progress made) {
    if (made == Progress::done) return {};
    caller.thread.mapping = {Ref{process}, made == Progress::under_way, std::nullopt};
    caller.thread.unusual |= unusual::working;
    caller.kernel.note_change();
    return {};
}
} // namespace

Result<abi::NewHandle> on(Caller& caller, const abi::MemoryCreate& call) {
    Budget& payer = TRY(caller.payer(call.budget));
    if (call.size.raw == 0 || call.size > Memory::max_pages) return fail(Error::bad_argument);
    if (call.size > payer.account().available()) return fail(Error::no_memory);
    Ref<Memory> memory = TRY(payer.make<Memory>(call.size));
    if (call.size.raw <= Memory::slice) {
        static_cast<void>(TRY(memory->fill()));
        return caller.hand_out(std::move(memory));
    }
    // More than one slice: the scheduler does them, at the caller's priority.
    caller.thread.work = std::move(memory);
    caller.thread.unusual |= unusual::working;
    caller.kernel.note_change();
    return abi::NewHandle{};
}

Result<abi::MemoryInfo::Reply> on(Caller& caller, const abi::MemoryInfo& call) {
    const Slot* slot = TRY(caller.handles().check(call.memory, Memory::object_kind, abi::rights::none));
    const Memory& memory = memory_of(*slot);
    const Window window = Window::of(slot->badge, memory.size());
    return abi::MemoryInfo::Reply{window.count, memory.in_pieces(window.offset, window.count)};
}

Result<abi::Nothing> on(Caller& caller, const abi::MemoryMap& call) {
    Process& process = TRY(caller.target(call.process, abi::rights::process::map));
    const abi::Rights access = TRY(checked_access(call.access & ~abi::map_guarded));
    const Slot* slot = TRY(caller.handles().check(call.memory, Memory::object_kind, access));
    if (process.ended) return fail(Error::wrong_state);
    Memory& memory = memory_of(*slot);
    const Window window = Window::of(slot->badge, memory.size());
    if (!within(call.offset.raw, call.count.raw, window.count.raw)) return fail(Error::bad_argument);
    const View view{slot->rights(), access, (call.access & abi::map_guarded) != 0};
    if (call.count.raw == 1) {
        TRY(process.space().map_page(memory, call.address, view, window.offset.raw + call.offset.raw));
        return {};
    }
    return progress(caller, process,
                    TRY(process.space().map(memory, {call.address, call.count}, view,
                                            window.offset + call.offset, &caller.thread)));
}

Result<abi::NewHandle> on(Caller& caller, const abi::MemorySlice& call) {
    Slot* slot = TRY(caller.handles().check(call.memory, Memory::object_kind, abi::rights::none));
    if (call.rights > abi::rights::all.raw || call.count.raw == 0) return fail(Error::bad_argument);
    const Window window = Window::of(slot->badge, memory_of(*slot).size());
    if (!within(call.offset.raw, call.count.raw, window.count.raw)) return fail(Error::bad_argument);
    Capability slice = TRY(caller.handles().copy(call.memory, abi::Rights{static_cast<u16>(call.rights)}));
    slice.badge = Window{window.offset + call.offset, call.count}.badge();
    return abi::NewHandle{TRY(caller.handles().insert(std::move(slice)))};
}

Result<abi::Nothing> on(Caller& caller, const abi::MemorySeal& call) {
    Slot* slot = TRY(caller.handles().check(call.memory, Memory::object_kind, abi::rights::memory::write));
    Memory& memory = memory_of(*slot);
    if (Window::of(slot->badge, memory.size()).count != memory.size()) return fail(Error::denied);
    if (memory.writable > 0) return fail(Error::wrong_state);
    memory.sealed = true;
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::MemoryUnmap& call) {
    Process& process = TRY(caller.target(call.process, abi::rights::process::map));
    const Progress made = TRY(process.space().unmap({call.address, call.count}, &caller.thread));
    if (made == Progress::done) caller.kernel.summons().wait(caller.thread); // then no core can touch them
    return progress(caller, process, made);
}

Result<abi::Nothing> on(Caller& caller, const abi::MemoryProtect& call) {
    Process& process = TRY(caller.target(call.process, abi::rights::process::map));
    const abi::Rights access = TRY(checked_access(call.access));
    const Progress made = TRY(process.space().protect({call.address, call.count}, access, &caller.thread));
    if (made == Progress::done) caller.kernel.summons().wait(caller.thread);
    return progress(caller, process, made);
}

} // namespace pith::kernel
