#include "port_child.h"

#include <cstring>

namespace pith::devices {
namespace {

namespace access = abi::rights::memory;

constexpr VirtAddr code_page{0x40'0000}, shared_page{0x50'0000}, buffer_page{0x60'0000};
constexpr u64 worked = 42, not_enabled = 43;
constexpr u64 protection_fault = 13;
constexpr PageCount frames = pages(64);
constexpr Duration patience = milliseconds(5000);

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
    os::Memory shared = TRY(os::Memory::create(pages(1)));
    os::Mapping view = TRY(os::Mapping::whole(code, access::read | access::write));
    os::Mapping progress = TRY(os::Mapping::whole(shared, access::read | access::write));
    return PortChild{std::move(budget), std::move(code),
                     std::move(shared), TRY(os::Notification::create()),
                     std::move(view),   std::move(progress)};
}

Result<u32> PortChild::first_denied(std::span<const abi::Handle> ports, u32 first, u32 end, Width width) {
    const os::Process process{TRY(os::invoke(abi::ProcessCreate{budget_.id(), 0x74726f70, 0})).handle};
    Code code{view_.bytes()};
    for (const abi::Handle handle : ports) {
        const auto given =
            TRY(os::invoke(abi::HandleCopy{handle, abi::rights::all.raw, process.id()})).handle;
        code.system_call(abi::number_of<abi::IoPortsEnable>, given.raw);
        // test rax, rax; jz over; ProcessExit{not_enabled}
        code.bytes({0x48, 0x85, 0xc0, 0x74, 17}).system_call(abi::number_of<abi::ProcessExit>, not_enabled);
    }
    // mov edx, first; next: mov [shared_page], edx; in; inc edx; cmp edx, end; jne next
    code.bytes({0xba}).number(first);
    const u64 next = code.size();
    code.bytes({0x89, 0x14, 0x25}).number(static_cast<u32>(shared_page.raw));
    if (width == Width::word) code.bytes({0x66});
    code.bytes({static_cast<u8>(width == Width::byte ? 0xec : 0xed), 0xff, 0xc2, 0x81, 0xfa}).number(end);
    code.bytes({0x75, static_cast<u8>(next - (code.size() + 2))});
    code.system_call(abi::number_of<abi::ProcessExit>, worked);

    TRY(process.map(code_, code_page, pages(1), access::read | access::execute));
    TRY(process.map(shared_, shared_page, pages(1), access::read | access::write));
    TRY(process.observe(ended_, 1));
    const os::Thread thread = TRY(process.create_thread(buffer_page, 16, budget_));
    TRY(thread.start(code_page, shared_page + page_size, 0));
    const Instant deadline = TRY(os::from_now(patience));
    TRY(ended_.wait(deadline));
    const auto status = TRY(process.status());
    if (status.kind == static_cast<u64>(abi::ExitKind::exited) && status.detail == worked) return end;
    if (status.kind != static_cast<u64>(abi::ExitKind::faulted) || status.detail != protection_fault)
        return fail(Error::wrong_state);
    return progress();
}

Result<PageCount> PortChild::frames_in_use() const {
    TRY(budget_.reclaim());
    return TRY(budget_.info()).used;
}

} // namespace pith::devices
