#include "port_child.h"

#include "os/debug.h"

namespace pith::devices {
namespace {

namespace access = abi::rights::memory;

constexpr VirtAddr code_page{0x40'0000}, no_stack{0x50'0000}, buffer_page{0x60'0000};
constexpr u64 worked = 42, not_enabled = 43;
constexpr u32 protection_fault = 13;
constexpr PageCount frames = pages(64);

} // namespace

Code& Code::bytes(std::initializer_list<u8> all) {
    for (const u8 byte : all)
        if (used_ < room_.size()) room_[used_++] = static_cast<std::byte>(byte);
    return *this;
}

Code& Code::system_call(u64 number, u64 argument) {
    bytes({0xb8}).number(static_cast<u32>(number));
    bytes({0x48, 0xbf}).number(static_cast<u32>(argument)).number(static_cast<u32>(argument >> 32));
    return bytes({0x0f, 0x05});
}

Code& Code::number(u32 value) {
    return bytes({static_cast<u8>(value), static_cast<u8>(value >> 8), static_cast<u8>(value >> 16),
                  static_cast<u8>(value >> 24)});
}

Result<PortChild> PortChild::create() {
    os::Budget budget = TRY(os::Budget{}.split(frames));
    os::Memory code = TRY(os::Memory::create(pages(1)));
    os::Mapping view = TRY(os::Mapping::whole(code, access::read | access::write));
    os::Endpoint faults = TRY(os::Endpoint::create());
    os::Notification ended = TRY(os::Notification::create());
    TRY(faults.bind(ended));
    return PortChild{std::move(budget), std::move(code), std::move(faults), std::move(ended),
                     std::move(view)};
}

Result<u64> PortChild::write_program(const os::Process& process, std::span<const abi::Handle> ports,
                                     u32 first, u32 end, Width width) const {
    Code code{view_.bytes()};
    for (const abi::Handle handle : ports) {
        const auto given =
            TRY(os::invoke(abi::HandleCopy{handle, abi::rights::all.raw, process.id()})).handle;
        code.system_call(abi::number_of<abi::IoPortsEnable>, given.raw);
        // test rax, rax; jz over; ProcessExit{not_enabled}
        code.bytes({0x48, 0x85, 0xc0, 0x74, 17}).system_call(abi::number_of<abi::ProcessExit>, not_enabled);
    }
    // mov edx, first; next: in; inc edx; cmp edx, end; jne next
    code.bytes({0xba}).number(first);
    const u64 next = code.size();
    if (width == Width::word) code.bytes({0x66});
    code.bytes({static_cast<u8>(width == Width::byte ? 0xec : 0xed), 0xff, 0xc2, 0x81, 0xfa}).number(end);
    code.bytes({0x75, static_cast<u8>(next - (code.size() + 2))});
    code.system_call(abi::number_of<abi::ProcessExit>, worked);
    return next;
}

Result<std::vector<bool>> PortChild::readable(std::span<const abi::Handle> ports, u32 first, u32 end,
                                              Width width) const {
    const os::Process process{TRY(os::invoke(abi::ProcessCreate{budget_.id(), 0x74726f70, 0})).handle};
    const VirtAddr in = code_page + TRY(write_program(process, ports, first, end, width));
    TRY(process.map(code_, code_page, pages(1), access::read | access::execute));
    TRY(process.observe(ended_, 1));
    TRY(os::Debuggee{process}.send_faults_to(faults_));
    const os::Thread thread = TRY(process.create_thread(buffer_page, 16, budget_));
    TRY(thread.start(code_page, no_stack, 0));

    std::vector<bool> can_read(end - first, true);
    os::Message message;
    auto arrival = TRY(os::receive(faults_, message));
    while (arrival.what == abi::Status::fault) {
        os::Fault fault = os::fault_in(message);
        const u64 port = fault.registers.rdx;
        if (fault.vector != protection_fault || fault.registers.rip != in.raw || port < first || port >= end)
            return fail(Error::wrong_state);
        can_read[port - first] = false;
        fault.registers.rip += width == Width::word ? 2 : 1; // behind the instruction
        message = os::resume_with(fault.registers);
        arrival = TRY(os::reply_and_receive(faults_, message));
    }
    const auto status = TRY(process.status());
    if (status.kind != static_cast<u64>(abi::ExitKind::exited) || status.detail != worked)
        return fail(Error::wrong_state);
    return can_read;
}

Result<PageCount> PortChild::frames_in_use() const {
    TRY(budget_.reclaim());
    return TRY(budget_.info()).used;
}

} // namespace pith::devices
