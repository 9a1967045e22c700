#include "kernel/debug/exceptions.h"

namespace pith::kernel {
namespace {

constexpr std::array<std::string_view, 32> names{"division error",
                                                 "debug exception",
                                                 "non-maskable interrupt",
                                                 "breakpoint",
                                                 "overflow",
                                                 "bound range exceeded",
                                                 "invalid instruction",
                                                 "no floating-point unit",
                                                 "double fault",
                                                 "coprocessor overrun",
                                                 "invalid task state",
                                                 "segment not present",
                                                 "stack segment fault",
                                                 "general protection fault",
                                                 "page fault",
                                                 "reserved exception 15",
                                                 "floating-point error",
                                                 "alignment check",
                                                 "machine check",
                                                 "vector arithmetic error",
                                                 "virtualization error",
                                                 "control protection error",
                                                 "reserved exception 22",
                                                 "reserved exception 23",
                                                 "reserved exception 24",
                                                 "reserved exception 25",
                                                 "reserved exception 26",
                                                 "reserved exception 27",
                                                 "hypervisor injection",
                                                 "VMM communication",
                                                 "security exception",
                                                 "reserved exception 31"};

/// SDM vol. 3, 4.7: the error code of a page fault.
void describe_page_fault(TextWriter& to, u64 error, u64 address) {
    const bool present = (error & 1) != 0, write = (error & 2) != 0, fetch = (error & 16) != 0;
    const std::string_view what = fetch ? "executing" : write ? "writing" : "reading";
    std::string_view why = "which is not mapped";
    if (error & 8)
        why = "whose page table entry has reserved bits set";
    else if (present && fetch)
        why = "which may not be executed";
    else if (present && write)
        why = "which may not be written";
    else if (present)
        why = "which belongs to user space";
    format_to(to, "page fault: {} {:#x}, {}", what, address, why);
}

} // namespace

void describe_exception(TextWriter& to, u64 vector, u64 error, u64 address) {
    if (vector == 14) return describe_page_fault(to, error, address);
    if (vector >= names.size()) return format_to(to, "unexpected interrupt {}", vector);
    to.put(names[vector]);
    if (vector == 8)
        format_to(to, ", last page fault at {:#x}", address);
    else if (vector == 13 && error != 0)
        format_to(to, ", selector {:#x}", error);
}

} // namespace pith::kernel
