#include "bare.h"

#include "os/time.h"

#include <algorithm>
#include <cstring>

namespace pith::attacks {
namespace {

namespace access = abi::rights::memory;

/// mov eax, ProcessExit; mov edi, worked; syscall
constexpr u8 epilogue[] = {0xb8,
                           static_cast<u8>(abi::number_of<abi::ProcessExit>),
                           0,
                           0,
                           0,
                           0xbf,
                           static_cast<u8>(Bare::worked),
                           0,
                           0,
                           0,
                           0x0f,
                           0x05};
constexpr PageCount frames = pages(64);
constexpr Duration patience = milliseconds(20'000);

} // namespace

Result<Bare> Bare::create() {
    os::Budget budget = TRY(os::Budget{}.split(frames));
    os::Memory code = TRY(os::Memory::create(pages(1)));
    os::Memory stack = TRY(os::Memory::create(pages(1)));
    os::Mapping view = TRY(os::Mapping::whole(code, access::read | access::write));
    return Bare{std::move(budget), std::move(code), std::move(stack), TRY(os::Notification::create()),
                std::move(view)};
}

VirtAddr Bare::lay_out(std::span<const std::byte> code, Place place) {
    std::byte* const page = view_.bytes().data();
    if (place.at_the_end) {
        std::memcpy(page + page_size - code.size(), code.data(), code.size());
        return place.page + (page_size - code.size());
    }
    std::memcpy(page, code.data(), code.size());
    std::memcpy(page + code.size(), epilogue, sizeof(epilogue));
    return place.page;
}

Result<Bare::End> Bare::run(std::span<const std::byte> code, u64 argument, Place place) {
    const VirtAddr entry = lay_out(code, place);
    const os::Process process{TRY(os::invoke(abi::ProcessCreate{budget_.id(), 0x65626f7270, 0})).handle};
    TRY(process.map(code_, place.page, pages(1), access::read | access::execute));
    TRY(process.map(stack_, stack_page, pages(1), access::read | access::write));
    TRY(process.observe(ended_, 1));
    const os::Thread thread = TRY(process.create_thread(buffer_page, 16, budget_));
    TRY(thread.start(entry, stack_page + (page_size - 64), argument));
    return wait(process);
}

Result<Bare::End> Bare::wait(const os::Process& process) {
    const Instant deadline = TRY(os::from_now(patience));
    if (!ended_.wait(deadline)) {
        static_cast<void>(process.kill());
        static_cast<void>(ended_.wait());
        return End{};
    }
    const auto status = TRY(process.status());
    if (status.kind == static_cast<u64>(abi::ExitKind::faulted))
        return End{u64{1} << (status.detail & 31), status.address};
    if (status.kind != static_cast<u64>(abi::ExitKind::exited)) return End{};
    if (status.detail == worked) return End{may::work};
    return End{status.detail == 0 ? may::status0 : may::other};
}

u64 Bare::frames_left() const {
    const auto info = budget_.info();
    return info ? info->used.raw : ~u64{0};
}

} // namespace pith::attacks
