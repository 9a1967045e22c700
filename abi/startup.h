#pragma once

#include "abi/handle.h"
#include "base/address.h"

#include <array>

/// How a process starts: what the kernel prepares for the first process, and a parent for each child.
namespace pith::abi {

/// One named piece of authority. The name ends with the first zero; it has at most 23 bytes.
struct Grant {
    std::array<char, 24> name;
    Handle handle;
};

/// What this machine has beyond what every one has. Bits that a program does not know mean nothing to it.
namespace feature {
inline constexpr u64 fast_messages =
    1;                               ///< messages have a fast path; FS and GS base can be set by instructions
inline constexpr u64 clock_page = 2; ///< the clock page tells the time without a call
inline constexpr u64 translated_dma = 4; ///< a device reaches what its DmaDomain maps, and nothing else
} // namespace feature

inline constexpr u64 max_grants = 32;
inline constexpr u64 max_startup_text = page_size - 6 * 8 - max_grants * sizeof(Grant);

/// One page, mapped read-only at `startup_page`. The first thread starts with its address in rdi.
struct Startup {
    u64 version;     ///< abi::version of the kernel
    u64 features;    ///< of the machine: bits of `feature`
    u64 grant_count; ///< at most max_grants
    u64 argument_count;
    u64 text_length;         ///< bytes of `text` that hold something
    VirtAddr message_buffer; ///< of the first thread
    std::array<Grant, max_grants> grants;
    /// First the arguments, each with a zero behind it, then the environment: lines of key=value. An
    /// environment that does not fit ends at its last whole line that does.
    std::array<char, max_startup_text> text;
};
static_assert(sizeof(Startup) == page_size);

// Where a program finds what was prepared. All in one page table; the page below each is not mapped.
inline constexpr VirtAddr first_message_buffer{0x0000'7ffe'ffe1'0000};
inline constexpr VirtAddr startup_page{0x0000'7ffe'ffe2'0000};
inline constexpr VirtAddr stack_top{0x0000'7fff'0000'0000};
inline constexpr PageCount stack_pages = pages(16);

/// The names of what the kernel grants to the first process.
///   budget   Budget, all rights: what the kernel left
///   process  Process, its own
///   thread   Thread, its own
///   system   System, all rights
///   initrd   Memory, read: the initrd file; it ends by its own end mark, at the latest with the object's
///   last page
namespace grant {
inline constexpr const char* budget = "budget";
inline constexpr const char* process = "process";
inline constexpr const char* thread = "thread";
inline constexpr const char* system = "system";
inline constexpr const char* initrd = "initrd";
} // namespace grant

/// The first process: an ELF64 executable of this name in the initrd, linked where its segments say.
inline constexpr const char* first_program = "sys/init";

} // namespace pith::abi
