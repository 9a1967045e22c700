#include "kernel/object/io_ports.h"
#include "kernel/object/system.h"
#include "kernel/syscall/system_call.h"

namespace pith::kernel {

Result<abi::NewHandle> on(Caller& caller, const abi::InterruptCreate& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::devices));
    Budget& payer = TRY(caller.payer(call.budget));
    if (call.line >= InterruptLines::lines) return fail(Error::bad_argument);
    const u32 line = static_cast<u32>(call.line);
    if (!caller.kernel.machine().interrupt_exists(line)) return fail(Error::not_found);
    if (caller.kernel.interrupts().taken(line)) return fail(Error::exists);
    Ref<Interrupt> interrupt = TRY(payer.make<Interrupt>(line));
    caller.kernel.interrupts().claim(line, *interrupt);
    return caller.hand_out(std::move(interrupt));
}

Result<abi::InterruptCreateMessage::Reply> on(Caller& caller, const abi::InterruptCreateMessage& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::devices));
    Budget& payer = TRY(caller.payer(call.budget));
    if (call.device > 0xffff) return fail(Error::bad_argument);
    InterruptLines& interrupts = caller.kernel.interrupts();
    const u32 line = interrupts.free_message();
    if (line == InterruptLines::count) return fail(Error::no_memory);
    Ref<Interrupt> interrupt = TRY(payer.make<Interrupt>(line));
    interrupts.claim(line, *interrupt);
    const MessageRoute route = caller.kernel.machine().route_message(line, static_cast<u16>(call.device));
    const abi::Handle handle = TRY(caller.hand_out(std::move(interrupt))).handle;
    return abi::InterruptCreateMessage::Reply{handle, route.address, route.data};
}

Result<abi::Nothing> on(Caller& caller, const abi::InterruptBind& call) {
    Interrupt& interrupt = TRY(caller.handles().get<Interrupt>(call.interrupt, abi::rights::interrupt::use));
    Notification& notification =
        TRY(caller.handles().get<Notification>(call.notification, abi::rights::notification::signal));
    interrupt.bind(Ref{notification}, call.bits);
    return {};
}

Result<abi::Nothing> on(Caller& caller, const abi::InterruptAcknowledge& call) {
    Interrupt& interrupt = TRY(caller.handles().get<Interrupt>(call.interrupt, abi::rights::interrupt::use));
    interrupt.acknowledge();
    return {};
}

Result<abi::NewHandle> on(Caller& caller, const abi::IoPortsCreate& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::devices));
    Budget& payer = TRY(caller.payer(call.budget));
    constexpr u64 ports = 0x10000;
    if (call.count == 0 || !within(call.first, call.count, ports)) return fail(Error::bad_argument);
    const u32 first = static_cast<u32>(call.first);
    const u32 count = static_cast<u32>(call.count);
    if (!caller.kernel.machine().is_device_port(first, count)) return fail(Error::denied);
    return caller.hand_out(TRY(payer.make<IoPorts>(first, count)));
}

Result<abi::Nothing> on(Caller& caller, const abi::IoPortsEnable& call) {
    const IoPorts& granted = TRY(caller.handles().get<IoPorts>(call.ports, abi::rights::io_ports::use));
    TRY(caller.process.space().allow_ports(granted.first, granted.count));
    constexpr u32 com1 = 0x3f8;
    if (granted.first <= com1 && com1 < granted.first + granted.count)
        caller.kernel.machine().release_console();
    caller.kernel.summons().wait(caller.thread); // then all its threads can touch them
    return {};
}

Result<abi::NewHandle> on(Caller& caller, const abi::MemoryPhysical& call) {
    TRY(caller.handles().get<System>(call.system, abi::rights::system::devices));
    Budget& payer = TRY(caller.payer(call.budget));
    if (!is_page_aligned(call.address) || call.size.raw == 0 || call.size > Memory::max_pages)
        return fail(Error::bad_argument);
    constexpr u64 bus_end = u64{1} << 52;
    if (!within(call.address.raw, call.size.bytes(), bus_end)) return fail(Error::bad_argument);
    const bool combines = call.cache == abi::CacheKind::write_combining;
    if (!combines && call.cache != abi::CacheKind::uncached) return fail(Error::bad_argument);
    if (!caller.kernel.machine().is_device_memory(call.address, call.size)) return fail(Error::denied);
    const Cache cache = combines ? Cache::write_combining : Cache::uncached;
    Ref<Memory> memory = TRY(payer.make<Memory>(call.address, call.size, Memory::Range::device, cache));
    const abi::NewHandle handle = TRY(caller.hand_out(std::move(memory)));
    const abi::ScreenEntry screen = caller.kernel.machine().screen();
    if (call.address < screen.address + screen.size() && screen.address < call.address + call.size.bytes())
        caller.kernel.machine().release_screen();
    return handle;
}

} // namespace pith::kernel
