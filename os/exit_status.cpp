#include "os/exit_status.h"

#include <array>

namespace pith::os {
namespace {

/// Intel SDM vol. 3, table 6-1.
constexpr std::array<std::string_view, 22> exception_names{"divide error",
                                                           "debug exception",
                                                           "non-maskable interrupt",
                                                           "breakpoint",
                                                           "overflow",
                                                           "bound range exceeded",
                                                           "invalid instruction",
                                                           "device not available",
                                                           "double fault",
                                                           "coprocessor segment overrun",
                                                           "invalid TSS",
                                                           "segment not present",
                                                           "stack fault",
                                                           "general protection fault",
                                                           "page fault",
                                                           "exception 15",
                                                           "floating-point error",
                                                           "alignment check",
                                                           "machine check",
                                                           "SIMD floating-point error",
                                                           "virtualization exception",
                                                           "control protection exception"};

} // namespace

u64 shell_status(const abi::ProcessStatus::Reply& end) {
    switch (static_cast<abi::ExitKind>(end.kind)) {
    case abi::ExitKind::exited: return end.detail;
    case abi::ExitKind::killed: return 137;
    case abi::ExitKind::faulted: return 128 + end.detail;
    }
    return 255; // a kind that this build does not know
}

Text<40> name_of_fault(u64 vector) {
    Text<40> text;
    if (vector < exception_names.size())
        text.append(exception_names[vector]);
    else if (vector == abi::fault::system_call)
        text.append("foreign system call");
    else
        text.format("exception {}", vector);
    return text;
}

Text<80> describe_end(const abi::ProcessStatus::Reply& end) {
    Text<80> text;
    switch (static_cast<abi::ExitKind>(end.kind)) {
    case abi::ExitKind::exited: text.format("exited with status {}", end.detail); break;
    case abi::ExitKind::killed: text.append("killed"); break;
    case abi::ExitKind::faulted:
        text.append(name_of_fault(end.detail));
        text.format(" at {:#x}", end.address);
        break;
    }
    return text;
}

} // namespace pith::os
