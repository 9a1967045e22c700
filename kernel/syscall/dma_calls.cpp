#include "kernel/object/dma_domain.h"
#include "kernel/object/system.h"
#include "kernel/syscall/system_call.h"

namespace pith::kernel {

namespace {
Result<u16> checked_device(u64 raw) {
    if (raw > 0xffff) return fail(Error::bad_argument);
    return static_cast<u16>(raw);
}
} // namespace

Result<abi::NewHandle> on(Caller& caller, const abi::DmaDomainCreate& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::devices));
    Budget& payer = TRY(caller.payer(call.budget));
    const u16 device = TRY(checked_device(call.device));
    return caller.hand_out(TRY(DmaDomain::create(payer, device)));
}

Result<abi::DmaMap::Reply> on(Caller& caller, const abi::DmaMap& call) {
    DmaDomain& domain = TRY(caller.handles().get<DmaDomain>(call.domain, abi::rights::dma_domain::map));
    constexpr u64 reading_and_writing = (abi::rights::memory::read | abi::rights::memory::write).raw;
    if (call.access == 0 || (call.access & ~reading_and_writing) != 0) return fail(Error::bad_argument);
    const abi::Rights access{static_cast<u16>(call.access)};
    const Slot* slot = TRY(caller.handles().check(call.memory, Memory::object_kind, access));
    auto& memory = static_cast<Memory&>(*slot->object);
    const Window part = Window::of(slot->badge, memory.size());
    if (call.count.raw == 0 || !within(call.offset.raw, call.count.raw, part.count.raw))
        return fail(Error::bad_argument);
    const bool writes = access.has(abi::rights::memory::write);
    if (memory.is_device() || memory.backing() || (writes && memory.sealed)) return fail(Error::denied);
    if (memory.ended) return fail(Error::wrong_state);
    const u64 first = (part.offset + call.offset).raw;
    const auto window = TRY(domain.map(Ref{memory}, first, call.count.raw, access));
    return abi::DmaMap::Reply{window.address, window.count};
}

Result<abi::Nothing> on(Caller& caller, const abi::DmaUnmap& call) {
    DmaDomain& domain = TRY(caller.handles().get<DmaDomain>(call.domain, abi::rights::dma_domain::map));
    TRY(domain.unmap(call.address));
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::DmaReset& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::devices));
    const u16 device = TRY(checked_device(call.device));
    Ref<DmaDomain> domain = caller.kernel.dma_domains().release(device);
    if (!domain) return fail(Error::not_found);
    if (domain->drain()) return {};
    caller.kernel.reclaimer().take(std::move(domain)); // more than one slice
    caller.kernel.note_change();
    return {};
}

Result<abi::DmaInfo::Reply> on(Caller& caller, const abi::DmaInfo& call) {
    const DmaDomain& domain =
        TRY(caller.handles().get<DmaDomain>(call.domain, abi::rights::dma_domain::inspect));
    caller.kernel.take_dma_faults(); // those that nobody was told of yet
    const u64 translated = domain.translates() ? abi::DmaInfo::is_translated : 0;
    return abi::DmaInfo::Reply{domain.device() | translated, domain.pinned(), domain.faults};
}

} // namespace pith::kernel
